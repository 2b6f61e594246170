// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The program in a JVM of its own, as an operator runs it; killed when the test is over. */
public final class HoldfastProcess implements AutoCloseable {
    /** Names the main class of another build of the gateway that is on the class path instead of this one. */
    static final String OTHER_MAIN = "holdfast.gateway.main";

    private final Process process;
    private final BufferedReader out;
    private final Path err;

    private HoldfastProcess(Process process, Path err) {
        this.process = process;
        this.out = process.inputReader();
        this.err = err;
    }

    /**
     * The command line that runs the program with the Java that runs the tests.
     *
     * @param arguments the command and its flags
     */
    public static List<String> command(List<String> jvmFlags, String classPath, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmFlags);
        command.addAll(List.of("-cp", classPath, System.getProperty(OTHER_MAIN, "dev.holdfast.gateway.cli.Main")));
        command.addAll(arguments);
        return command;
    }

    public static HoldfastProcess start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command =
                command(List.of("-XX:TieredStopAtLevel=1"), System.getProperty("java.class.path"), List.of(arguments));
        File err = File.createTempFile("holdfast", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err);
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("HOLDFAST_") || name.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(environment);
        return new HoldfastProcess(builder.start(), err.toPath());
    }

    public static HoldfastProcess start(String... arguments) throws IOException {
        return start(Map.of(), arguments);
    }

    /** Standard input, whole. */
    public void type(String text) throws IOException {
        try (var in = process.outputWriter()) {
            in.write(text);
        }
    }

    /** The next line on stdout, or null when the process has closed it. */
    public String line() throws IOException {
        return out.readLine();
    }

    /** What is still to come on stdout, until the process closes it. */
    public String restOfOut() throws IOException {
        StringWriter rest = new StringWriter();
        out.transferTo(rest);
        return rest.toString();
    }

    public String err() throws IOException {
        return Files.readString(err);
    }

    public int exitCode() throws InterruptedException {
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            throw new AssertionError("still running after 90 s");
        }
        return process.exitValue();
    }

    /** SIGTERM. Through the handle, since {@link Process#destroy()} closes our end of stdout too. */
    public void terminate() {
        process.toHandle().destroy();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        out.close();
        Files.deleteIfExists(err);
    }
}
