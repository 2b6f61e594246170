// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * A redis-server of the tests' own on a free loopback port, with a directory of its own: Debian's where it is
 * installed, else the one that embedded-redis brings. It is stopped by its process id, at the latest when this JVM
 * ends.
 */
public final class RedisProcess implements AutoCloseable {
    private static final String CLOCK = "clock";
    /** The server that the tests run with, where somebody has chosen one. */
    private static final @Nullable String GIVEN = System.getenv("TEST_REDIS_SERVER");

    private static final Path DEBIAN = Path.of("/usr/bin/redis-server");

    /**
     * Where servers have their files: in memory if it has room, since a test that waits for the disk at each write proves no more. What
     * a server that is killed has written is there either way.
     */
    private static final Path FOLDERS = folders();

    private final int port;
    private final Path directory;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Thread atExit = new Thread(this::end);
    private Process process;

    private RedisProcess(int port, Path directory, List<String> command) throws IOException {
        this(port, directory, command, Map.of());
    }

    private RedisProcess(int port, Path directory, List<String> command, Map<String, String> environment)
            throws IOException {
        this.port = port;
        this.directory = directory;
        this.command = command;
        this.environment = environment;
        Runtime.getRuntime().addShutdownHook(atExit);
        process = launch();
    }

    /** A server with these settings besides ours, answering PING when the call returns. */
    public static RedisProcess start(String... settings) {
        return start(false, settings);
    }

    /** The server that embedded-redis brings, the oldest that we take, with these settings besides ours. */
    public static RedisProcess startBundled(String... settings) {
        return start(RedisProcess::bundled, Clock.REAL, false, settings);
    }

    /** A Sentinel that watches a master, with quorum 2 and a short patience. */
    public static RedisProcess startSentinel(int masterPort) {
        try {
            Path directory = Files.createTempDirectory("holdfast-sentinel");
            int port = freePort();
            Path file = directory.resolve("sentinel.conf");
            Files.writeString(file, """
                    port %d
                    bind 127.0.0.1
                    dir %s
                    sentinel monitor mymaster 127.0.0.1 %d 2
                    sentinel down-after-milliseconds mymaster 700
                    sentinel failover-timeout mymaster 3000
                    """.formatted(port, directory, masterPort));
            RedisProcess sentinel = new RedisProcess(port, directory, List.of(binary(), file.toString(), "--sentinel"));
            sentinel.awaitPing();
            return sentinel;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A node of a cluster to be made. */
    public static RedisProcess startNode() {
        return start(
                true,
                "--cluster-enabled",
                "yes",
                "--cluster-node-timeout",
                "1000",
                "--cluster-replica-validity-factor",
                "0");
    }

    private static RedisProcess start(boolean withBus, String... settings) {
        return start(RedisProcess::binary, Clock.REAL, withBus, settings);
    }

    /** The same with a clock that {@link #setClock} sets; libfaketime is to be installed. */
    public static RedisProcess startWithClock(String... settings) {
        return start(
                RedisProcess::binary,
                directory -> {
                    Files.writeString(directory.resolve(CLOCK), "+0");
                    return Map.of(
                            // Redis' own allocator asks for the time while libfaketime begins, which neither survives.
                            "LD_PRELOAD",
                            "libc_malloc_debug.so.0:" + fakeTime().orElseThrow(),
                            "FAKETIME_TIMESTAMP_FILE",
                            directory.resolve(CLOCK).toString(),
                            "FAKETIME_NO_CACHE",
                            "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC",
                            "1");
                },
                false,
                settings);
    }

    /** Whether {@link #startWithClock} can be. */
    public static boolean canSetClock() {
        return fakeTime().isPresent();
    }

    private static Optional<Path> fakeTime() {
        try (Stream<Path> files = Files.find(
                Path.of("/usr/lib"),
                3,
                (file, attributes) -> file.endsWith("faketime/libfaketime.so.1"),
                FileVisitOption.FOLLOW_LINKS)) {
            return files.findFirst();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** Has its clock be ahead of the real one by so much from now on; behind if it is negative. */
    public void setClock(Duration ahead) {
        try {
            Path next = directory.resolve(CLOCK + ".next");
            Files.writeString(next, (ahead.isNegative() ? "" : "+") + ahead.toSeconds());
            Files.move(next, directory.resolve(CLOCK), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Finds a program. */
    private interface Program {
        String path() throws IOException;
    }

    /** The clock of a server, by what its process finds in its environment. */
    private interface Clock {
        Clock REAL = directory -> Map.of();

        Map<String, String> environment(Path directory) throws IOException;
    }

    private static RedisProcess start(Program program, Clock clock, boolean withBus, String... settings) {
        try {
            int port = withBus ? freePortWithBus() : freePort();
            Path directory = Files.createTempDirectory(FOLDERS, "holdfast-redis");
            List<String> command = new ArrayList<>(List.of(
                    program.path(),
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    directory.toString(),
                    "--save",
                    "",
                    "--repl-diskless-sync-delay",
                    "0"));
            command.addAll(RedisUser.SETTING);
            command.addAll(Arrays.asList(settings));
            RedisProcess server = new RedisProcess(port, directory, command, clock.environment(directory));
            server.awaitPing();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Where its files are. */
    public Path directory() {
        return directory;
    }

    public String address() {
        return "redis://127.0.0.1:" + port;
    }

    /** The address with a user who has the rights that the documents give a gateway, and no other. */
    public String addressForGateways() {
        return "redis://" + RedisUser.NAME + ":" + RedisUser.PASSWORD + "@127.0.0.1:" + port;
    }

    /** Sends one command and gives the raw beginning of its answer; for set-up and for looking. */
    public String command(String... words) {
        return ask(RedisProcess::readReply, words);
    }

    /** Sends one command whose answer is a list of texts. */
    public List<String> list(String... words) {
        return ask(
                in -> {
                    List<String> all = new ArrayList<>();
                    for (int left = Integer.parseInt(readLine(in).substring(1)); left > 0; left--) {
                        all.add(readReply(in));
                        in.readNBytes(2);
                    }
                    return all;
                },
                words);
    }

    /** Reads an answer. */
    private interface Answer<T> {
        T read(InputStream in) throws IOException;
    }

    private <T> T ask(Answer<T> answer, String... words) {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_000);
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
            return answer.read(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every key there is. */
    public List<String> keys() {
        String reply = command("EVAL", "return table.concat(redis.call('KEYS', '*'), '\\n')", "0");
        return reply.isEmpty() ? List.of() : List.of(reply.split("\n"));
    }

    /** Stops its clockwork (SIGSTOP): connections stay, nothing answers. */
    public void pause() {
        signal("-STOP");
    }

    public void resume() {
        signal("-CONT");
    }

    /** Kills it at once, as a crash does. Its directory stays. */
    public void kill() {
        if (process.isAlive()) {
            // SIGKILL ends a stopped process too.
            process.destroyForcibly();
            try {
                process.waitFor(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Starts it again on the same port and directory. */
    public void restart() {
        try {
            process = launch();
            awaitPing();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        end();
    }

    private void end() {
        kill();
        delete(directory);
    }

    private static Path folders() {
        Path memory = Path.of("/dev/shm");
        try {
            if (Files.isWritable(memory) && Files.getFileStore(memory).getUsableSpace() > 2L << 30) {
                return memory;
            }
        } catch (IOException e) {
            // The disk, then.
        }
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    private Process launch() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private void awaitPing() {
        long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (true) {
            try {
                if (command("PING").equals("PONG")) {
                    return;
                }
            } catch (UncheckedIOException e) {
                if (!process.isAlive()) {
                    throw new IllegalStateException("redis-server has ended: " + command + "\n" + log(), e);
                }
            }
            if (System.nanoTime() > until) {
                throw new IllegalStateException("redis-server does not answer\n" + log());
            }
            Thread.onSpinWait();
        }
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException e) {
            return "no log: " + e;
        }
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

    private static String readReply(InputStream in) throws IOException {
        String line = readLine(in);
        if (line.startsWith("$") && !line.equals("$-1")) {
            byte[] body = in.readNBytes(Integer.parseInt(line.substring(1)));
            return new String(body, StandardCharsets.UTF_8);
        }
        return line.startsWith("+") || line.startsWith(":") ? line.substring(1) : line;
    }

    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next;
        while ((next = in.read()) != '\n') {
            if (next < 0) {
                throw new IOException("closed");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** The redis-server that the tests start: Debian's, or the one that embedded-redis brings. */
    public static String binary() throws IOException {
        if (GIVEN != null) {
            return GIVEN;
        }
        if (Files.isExecutable(DEBIAN)) {
            return DEBIAN.toString();
        }
        return bundled();
    }

    private static String bundled() throws IOException {
        return ExecutableProvider.newJarResourceProvider().get().getAbsolutePath();
    }

    /** A port that nobody listens on. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** A port whose cluster bus, 10,000 above, is free too. */
    private static int freePortWithBus() {
        int port = 20_000 + (int) (ProcessHandle.current().pid() % 1_000) * 10;
        while (!isFree(port) || !isFree(port + 10_000)) {
            port++;
        }
        return port;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static void delete(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
