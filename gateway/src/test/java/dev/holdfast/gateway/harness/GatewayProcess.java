// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The real program in a Java process of its own on free loopback ports, its output in a file under target. */
public final class GatewayProcess implements TestGateway {
    /** What the compiler has made need not be verified again at each start, which takes a third of its CPU time. */
    static final List<String> FAST_START = List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote");

    private static final Pattern READY =
            Pattern.compile("ready mqtts?://[^ ]*:([0-9]+) wss?://[^ ]*:([0-9]+)/mqtt admin http://[^ ]*:([0-9]+)"
                    + "(?: links tcp://[^ ]*:([0-9]+))?(?: health http://[^ ]*:([0-9]+))?");

    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 10;

    private final Process process;
    private final Path log;
    private final Thread leakGuard;
    private final String ready;
    private final int tcpPort;
    private final int wsPort;
    private final int adminPort;
    private final int linksPort;
    private final int healthPort;

    private GatewayProcess(Process process, Path log, Thread leakGuard, Matcher ready) {
        this.process = process;
        this.log = log;
        this.leakGuard = leakGuard;
        this.ready = ready.group();
        this.tcpPort = Integer.parseInt(ready.group(1));
        this.wsPort = Integer.parseInt(ready.group(2));
        this.adminPort = Integer.parseInt(ready.group(3));
        this.linksPort = ready.group(4) == null ? 0 : Integer.parseInt(ready.group(4));
        this.healthPort = ready.group(5) == null ? 0 : Integer.parseInt(ready.group(5));
    }

    /**
     * Starts the gateway and waits until it accepts connections.
     *
     * @param settings as {@code path=value}
     * @param jvmFlags for its Java process
     */
    public static GatewayProcess start(List<String> settings, List<String> jvmFlags) {
        return start(settings, jvmFlags, List.of());
    }

    /**
     * The same with more on its class path.
     *
     * @param classPath directories or jars of an operator's own
     */
    public static GatewayProcess start(List<String> settings, List<String> jvmFlags, List<String> classPath) {
        return start(List.of(), settings, jvmFlags, classPath);
    }

    /** The same with at most so many file descriptors; with {@code dev=false} without {@code --dev}. */
    public static GatewayProcess startWithDescriptors(int most, String... settings) {
        List<String> shell = List.of("/bin/sh", "-c", "ulimit -n " + most + "; exec \"$@\"", "gateway");
        return start(shell, List.of(settings), List.of(), List.of());
    }

    /** The same with a configuration file. */
    public static GatewayProcess startWithConfig(Path file) {
        return startWithConfig(file, List.of());
    }

    /** The same with flags for its Java process. */
    public static GatewayProcess startWithConfig(Path file, List<String> jvmFlags) {
        // Under nohup a child would never see a SIGHUP.
        return start(
                List.of("/usr/bin/env", "--default-signal=HUP", "HOLDFAST_CONFIG=" + file.toAbsolutePath()),
                List.of(),
                jvmFlags,
                List.of());
    }

    /** The same with the program's classes from elsewhere. */
    static GatewayProcess start(ProgramClasses program, List<String> settings) {
        return start(program, List.of(), settings, List.of(), List.of());
    }

    private static GatewayProcess start(
            List<String> before, List<String> settings, List<String> jvmFlags, List<String> classPath) {
        return start(ProgramClasses.tested(), before, settings, jvmFlags, classPath);
    }

    private static GatewayProcess start(
            ProgramClasses program,
            List<String> before,
            List<String> settings,
            List<String> jvmFlags,
            List<String> classPath) {
        List<String> whole = new ArrayList<>(classPath);
        whole.add(0, program.classPath());
        List<String> command = new ArrayList<>(before);
        List<String> flags =
                new ArrayList<>(List.of("-Xmx192m", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1", "-ea"));
        flags.addAll(FAST_START);
        flags.addAll(program.jvmFlags());
        flags.addAll(jvmFlags);
        command.addAll(HoldfastProcess.command(
                flags, String.join(File.pathSeparator, whole), List.of("serve", "--host", "127.0.0.1")));
        if (!settings.contains("dev=false")) {
            command.add("--dev");
        }
        for (String port : List.of("tcp-port", "ws-port", "admin-port")) {
            if (settings.stream().noneMatch(setting -> setting.startsWith("listeners." + port + "="))) {
                command.addAll(List.of("--" + port, "0"));
            }
        }
        for (String setting : settings) {
            command.addAll(List.of("--set", setting));
        }
        try {
            Path logs = Files.createDirectories(Path.of("target", "conformance"));
            Path log = Files.createTempFile(logs, "gateway-", ".log");
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            Thread leakGuard = new Thread(process::destroyForcibly);
            Runtime.getRuntime().addShutdownHook(leakGuard);
            try {
                return new GatewayProcess(process, log, leakGuard, awaitReady(process, log));
            } catch (AssertionError e) {
                process.destroyForcibly();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the gateway could not be started", e);
        }
    }

    /** The port of the listener for health and metrics; 0 if there is none. */
    public int healthPort() {
        return healthPort;
    }

    private static Matcher awaitReady(Process process, Path log) {
        CompletableFuture<Matcher> ready = new CompletableFuture<>();
        Thread reader = new Thread(() -> readOutput(process, log, ready), "gateway-output");
        reader.setDaemon(true);
        reader.start();
        try {
            return ready.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("the gateway did not become ready, see " + log, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static void readOutput(Process process, Path log, CompletableFuture<Matcher> ready) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
                BufferedWriter out = Files.newBufferedWriter(log.resolveSibling(log.getFileName() + ".out"))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                out.write(line);
                out.newLine();
                out.flush();
                Matcher matcher = READY.matcher(line);
                if (matcher.find()) {
                    ready.complete(matcher);
                }
            }
            ready.completeExceptionally(new IOException("it ended with " + process.waitFor()));
        } catch (IOException | InterruptedException e) {
            ready.completeExceptionally(e);
        }
    }

    @Override
    public int tcpPort() {
        return tcpPort;
    }

    @Override
    public int wsPort() {
        return wsPort;
    }

    @Override
    public int adminPort() {
        return adminPort;
    }

    /** Where other gateways tell it things directly; 0 if nowhere. */
    public int linksPort() {
        return linksPort;
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public Path log() {
        return log;
    }

    /** The line with which it said that it accepts clients. */
    public String ready() {
        return ready;
    }

    /** Ends it as a crash does (SIGKILL), and returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops its clockwork (SIGSTOP): connections stay, nothing answers. */
    public void pause() {
        signal("-STOP");
    }

    /** Lets it go on (SIGCONT), which does not know that time has passed. */
    public void resume() {
        signal("-CONT");
    }

    /** Has it read its configuration again, and returns when it has. */
    public void reload() {
        long before = reloads();
        signal("-HUP");
        await().until(() -> reloads() > before);
    }

    private long reloads() {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains("Configuration read again"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a signal; completes with its exit status when it has ended, whenever that is. */
    public CompletableFuture<Integer> signalled(String name) {
        signal(name);
        return process.onExit().thenApply(Process::exitValue);
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends TERM and waits. Answers the exit status, or -1 if it had to be killed. */
    public int terminate() {
        process.destroy();
        try {
            if (process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                requireAudited();
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        return -1;
    }

    /** One that ended by itself has given back every byte that it had charged for clients. */
    private void requireAudited() {
        try {
            if (Files.readString(log).contains("The account of memory is wrong")) {
                throw new AssertionError("not all that was charged was given back, see " + log);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        terminate();
        try {
            Runtime.getRuntime().removeShutdownHook(leakGuard);
        } catch (IllegalStateException shuttingDown) {
            process.destroyForcibly();
        }
    }
}
