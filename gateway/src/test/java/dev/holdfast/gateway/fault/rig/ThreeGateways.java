// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.store.redis.RedisProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code deploy/local/three-gateways} starts, as it prints it. */
public final class ThreeGateways implements AutoCloseable {
    private static final Path SCRIPT = Path.of("..", "deploy", "local", "three-gateways");
    private static final Pattern GATEWAY =
            Pattern.compile("gateway ([0-9]) \\(pid ([0-9]+)\\) ready mqtt://[^ ]*:([0-9]+) (ws://[^ ]*) admin .*");
    private static final Pattern REDIS = Pattern.compile("redis \\(pid ([0-9]+)\\) .*");

    private final Process script;
    private final List<Gateway> gateways = new ArrayList<>();
    private long redisPid;

    /** One of them. */
    public record Gateway(long pid, int tcpPort, String webSocketUrl) {
        /** Ends it as a crash does. */
        public void kill() {
            ProcessHandle.of(pid).ifPresent(process -> {
                process.destroyForcibly();
                process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
            });
        }
    }

    private ThreeGateways(Process script) {
        this.script = script;
    }

    /** Runs the script on free ports and waits until it is ready. */
    public static ThreeGateways start() throws IOException {
        Path jar = jar();
        Process script = new ProcessBuilder(
                        SCRIPT.toString(),
                        "--jar",
                        jar.toString(),
                        "--redis-server",
                        RedisProcess.binary(),
                        "--redis-port",
                        Integer.toString(FreePorts.first(1)),
                        "--tcp-port",
                        Integer.toString(FreePorts.first(3)),
                        "--ws-port",
                        Integer.toString(FreePorts.first(3)),
                        "--admin-port",
                        Integer.toString(FreePorts.first(3)),
                        "--control-port",
                        "0")
                .redirectError(Path.of("target", "three-gateways.err").toFile())
                .start();
        ThreeGateways all = new ThreeGateways(script);
        Runtime.getRuntime().addShutdownHook(new Thread(script::destroy));
        BufferedReader lines = script.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); !"ready".equals(line); line = lines.readLine()) {
            if (line == null) {
                throw new IOException("it has ended: " + Files.readString(Path.of("target", "three-gateways.err")));
            }
            Matcher gateway = GATEWAY.matcher(line);
            Matcher redis = REDIS.matcher(line);
            if (gateway.matches()) {
                all.gateways.add(new Gateway(
                        Long.parseLong(gateway.group(2)), Integer.parseInt(gateway.group(3)), gateway.group(4)));
            } else if (redis.matches()) {
                all.redisPid = Long.parseLong(redis.group(1));
            }
        }
        return all;
    }

    public List<Gateway> gateways() {
        return gateways;
    }

    /** Every process that it has started and that is there still. */
    public List<Long> living() {
        List<Long> pids = gateways.stream().map(Gateway::pid).collect(Collectors.toCollection(ArrayList::new));
        pids.add(redisPid);
        return pids.stream()
                .filter(pid -> ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false))
                .toList();
    }

    /** Ends it with TERM, and gives its exit status. */
    public int terminate() throws InterruptedException {
        script.destroy();
        return script.waitFor(30, TimeUnit.SECONDS) ? script.exitValue() : -1;
    }

    @Override
    public void close() throws InterruptedException {
        terminate();
    }

    /** The runnable jar is made after the tests: one that leads to the same classes. */
    private static Path jar() throws IOException {
        String classes = Pattern.compile(System.getProperty("path.separator"), Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .map(entry -> Path.of(entry).toAbsolutePath().toUri().toString())
                .collect(Collectors.joining(" "));
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.put(Attributes.Name.MAIN_CLASS, "dev.holdfast.gateway.cli.Main");
        main.put(Attributes.Name.CLASS_PATH, classes);
        Path jar = Files.createDirectories(Path.of("target")).resolve("three-gateways.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.finish();
        }
        return jar;
    }
}
