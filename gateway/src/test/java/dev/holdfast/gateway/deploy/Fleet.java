// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.deploy.Balancer.Backend;
import dev.holdfast.gateway.deploy.Balancer.Haproxy;
import dev.holdfast.gateway.fault.rig.FreePorts;
import dev.holdfast.store.redis.RedisProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Redis, three gateways, HAProxy and Prometheus by the files under {@code deploy/}. What differs from containers is addresses and
 * ports, which come by the variables that these files and the gateway know.
 */
final class Fleet implements AutoCloseable {
    static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();
    private static final Path COMPOSE = DEPLOY.resolve("compose");

    private final Path directory;
    private final int redisPort = FreePorts.first(1);
    private final List<Backend> backends =
            Stream.generate(Backend::free).limit(3).toList();
    private final List<Program> gateways = new ArrayList<>();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private List<String> program = program();
    private String token = "";
    private @Nullable Program redis;
    private @Nullable Haproxy haproxy;
    private @Nullable Prometheus prometheus;

    private Fleet(Path directory) {
        this.directory = directory;
    }

    /** Starts all of it. */
    static Fleet start(Path directory) throws Exception {
        return start(directory, program());
    }

    /** Starts all of it, the gateways from another build, given by the command that starts its program. */
    static Fleet start(Path directory, List<String> program) throws Exception {
        Fleet fleet = new Fleet(directory);
        fleet.program = program;
        try {
            Program.run(
                    0, Map.of(), directory, List.of(COMPOSE.resolve("prepare").toString(), directory.toString()));
            fleet.startRedis();
            for (int i = 0; i < 3; i++) {
                fleet.gateways.add(fleet.gateway(i));
            }
            fleet.haproxy = new Haproxy(
                    fleet.backends,
                    directory.resolve("tls").resolve("holdfast.pem"),
                    directory,
                    Map.of("HOLDFAST_CHECK", "500ms"));
            fleet.opened.push(fleet.haproxy());
            fleet.prometheus = Prometheus.start(
                    Files.createTempDirectory(Path.of("target", "deploy"), "prometheus-"), fleet.targets());
            fleet.opened.push(fleet.prometheus());
            fleet.token = fleet.issueToken();
            fleet.awaitBalanced();
            return fleet;
        } catch (Exception | AssertionError e) {
            fleet.close();
            throw e;
        }
    }

    /** The command that starts the gateway's program in a JVM of its own. */
    static List<String> program(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-BytecodeVerificationRemote",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.holdfast.gateway.cli.Main"));
        command.addAll(List.of(arguments));
        return command;
    }

    private void startRedis() throws IOException {
        Program started = Program.start(
                Map.of(),
                directory,
                List.of(
                        RedisProcess.binary(),
                        DEPLOY.resolve("redis").resolve("redis.conf").toString(),
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(redisPort),
                        "--dir",
                        directory.toString(),
                        "--aclfile",
                        directory.resolve("secrets").resolve("users.acl").toString()));
        opened.push(started);
        await().until(() -> started.output().contains("Ready to accept connections"));
        redis = started;
    }

    /** Ends Redis as a crash does and starts it again with the same files. */
    void restartRedis() throws IOException {
        Objects.requireNonNull(redis, "not started").kill();
        startRedis();
    }

    private Program gateway(int i) {
        Backend backend = backends.get(i);
        Map<String, String> environment = new HashMap<>();
        environment.put("HOLDFAST_LISTENERS_HOST", "127.0.0.1");
        environment.put("HOLDFAST_LISTENERS_WS_PORT", Integer.toString(backend.ws()));
        environment.put("HOLDFAST_LISTENERS_TCP_PORT", Integer.toString(backend.mqtt()));
        environment.put("HOLDFAST_LISTENERS_HEALTH_PORT", Integer.toString(backend.health()));
        environment.put("HOLDFAST_LISTENERS_ADMIN_PORT", "0");
        environment.put("HOLDFAST_STORE_REDIS_URL", "redis://127.0.0.1:" + redisPort);
        environment.put("HOLDFAST_WEBSOCKET_TRUSTED_PROXIES", "127.0.0.1");
        environment.put("HOLDFAST_DRAIN_NOTICE", "2s");
        List<String> command = new ArrayList<>(program);
        command.addAll(
                List.of("serve", "--config", COMPOSE.resolve("holdfast.yaml").toString()));
        Program gateway = Program.start(environment, directory, command);
        opened.push(gateway);
        return gateway;
    }

    private String targets() {
        String gatewayTargets = backends.stream()
                .map(backend -> "\"127.0.0.1:" + backend.health() + "\"")
                .collect(Collectors.joining(", "));
        return "- {targets: [" + gatewayTargets + "], labels: {job: holdfast}}\n" + "- {targets: [\"127.0.0.1:"
                + haproxy().internalPort() + "\"], labels: {job: haproxy}}\n";
    }

    private String issueToken() {
        String output = Program.run(
                0,
                Map.of(),
                directory,
                program(
                        "token",
                        "issue",
                        "--secret-file",
                        "secrets/token-secret",
                        "--issuer",
                        "holdfast-compose",
                        "--audience",
                        "mqtt",
                        "--subject",
                        "fleet",
                        "--pub",
                        "fleet/#",
                        "--sub",
                        "fleet/#"));
        return output.lines().filter(line -> line.startsWith("ey")).findFirst().orElseThrow();
    }

    /** What lets a client in that publishes and subscribes below {@code fleet/}. */
    String token() {
        return token;
    }

    List<Door> doors() {
        return haproxy().doors();
    }

    private Haproxy haproxy() {
        return Objects.requireNonNull(haproxy, "not started");
    }

    Prometheus prometheus() {
        return Objects.requireNonNull(prometheus, "not started");
    }

    /** Ends a gateway as a crash does. */
    void kill(int i) {
        gateways.get(i).kill();
    }

    /** Starts one again that has ended. */
    void start(int i) {
        gateways.set(i, gateway(i));
    }

    /** Has gateways that start from here on come from another build. */
    void use(List<String> otherProgram) {
        program = otherProgram;
    }

    /** Sends a gateway SIGTERM. */
    void beginDrain(int i) {
        gateways.get(i).signal("-TERM");
    }

    /** The exit code of a gateway that was told to end. */
    int awaitEnd(int i) {
        return gateways.get(i).awaitEnd();
    }

    /** Waits until HAProxy gives clients to all three, at both doors. */
    void awaitBalanced() {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> new String(
                                        URI.create("http://127.0.0.1:"
                                                        + haproxy().internalPort() + "/metrics")
                                                .toURL()
                                                .openStream()
                                                .readAllBytes(),
                                        StandardCharsets.UTF_8)
                                .lines()
                                .filter(line ->
                                        line.startsWith("haproxy_server_status{") && line.contains("state=\"UP\"} 1"))
                                .count()
                        == 6);
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
