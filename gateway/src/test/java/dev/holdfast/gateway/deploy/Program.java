// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A program of others that runs while a test does, its output in a file; it is ended by its process id. */
final class Program implements AutoCloseable {
    private static final Pattern PATH_SEPARATOR = Pattern.compile(":");

    private final Process process;
    private final Path log;
    private final Thread leakGuard;

    private Program(Process process, Path log) {
        this.process = process;
        this.log = log;
        leakGuard = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(leakGuard);
    }

    /** Where it is installed. Debian keeps servers where a user's PATH does not look. */
    static String find(String name) {
        return Stream.concat(
                        PATH_SEPARATOR.splitAsStream(System.getenv().getOrDefault("PATH", "")),
                        Stream.of("/usr/sbin", "/usr/local/sbin"))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not installed; .ci/run installs it"))
                .toString();
    }

    /** Starts it. It ends with this JVM at the latest. */
    static Program start(Map<String, String> environment, Path directory, List<String> command) {
        try {
            Path logs = Files.createDirectories(Path.of("target", "deploy"));
            Path log = Files.createTempFile(logs, Path.of(command.get(0)).getFileName() + "-", ".log");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("HOLDFAST_"));
            builder.environment().putAll(environment);
            return new Program(builder.start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it to its end and gives what it has printed, on either stream; it must end with this exit code. */
    static String run(int exitCode, Map<String, String> environment, Path directory, List<String> command) {
        try (Program program = start(environment, directory, command)) {
            int code = program.awaitEnd();
            if (code != exitCode) {
                throw new AssertionError(command + " ended with " + code + ":\n" + program.output());
            }
            return program.output();
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What it has printed until now. */
    String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a signal, as in {@code -HUP}. */
    void signal(String name) {
        run(0, Map.of(), Path.of("."), List.of("kill", name, Long.toString(pid())));
    }

    /** Ends it as a crash does. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Waits for its end and gives its exit code. */
    int awaitEnd() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError("still running after a minute, see " + log);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().removeShutdownHook(leakGuard);
    }
}
