// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.fault.rig.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real balancer before three gateways, by its file under {@code deploy/balancer}. */
abstract class Balancer implements AutoCloseable {
    static final Path FILES = Path.of("..", "deploy", "balancer");

    private final X509Certificate certificate;
    private final Map<String, String> environment;
    private final int wssPort = FreePorts.first(1);
    private final int mqttsPort = FreePorts.first(1);

    /**
     * Where a gateway behind it listens.
     *
     * @param health the port for health checks
     */
    record Backend(int ws, int mqtt, int health) {
        /** Ports that nobody has, nor gets while the gateway is away. */
        static Backend free() {
            int first = FreePorts.first(3);
            return new Backend(first, first + 1, first + 2);
        }
    }

    private Balancer(List<Backend> backends, Path certificateAndKey, Map<String, String> more)
            throws IOException, CertificateException {
        try (InputStream in = Files.newInputStream(certificateAndKey)) {
            certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        environment = new HashMap<>(more);
        environment.put(
                "HOLDFAST_CERTIFICATE", certificateAndKey.toAbsolutePath().toString());
        environment.put("HOLDFAST_WSS", "127.0.0.1:" + wssPort);
        environment.put("HOLDFAST_MQTTS", "127.0.0.1:" + mqttsPort);
        for (int i = 0; i < backends.size(); i++) {
            Backend backend = backends.get(i);
            String name = "GATEWAY_" + (i + 1);
            environment.put(name + "_WS", "127.0.0.1:" + backend.ws());
            environment.put(name + "_MQTT", "127.0.0.1:" + backend.mqtt());
            environment.put(name + "_HEALTH", Integer.toString(backend.health()));
        }
    }

    Map<String, String> environment() {
        return environment;
    }

    List<Door> doors() {
        return List.of(new Door(true, wssPort, certificate), new Door(false, mqttsPort, certificate));
    }

    /** Has it read its configuration again, as its manual says; returns when the new one serves. */
    abstract void reload();

    @Override
    public abstract void close();

    final void awaitOpen() {
        for (Door door : doors()) {
            await().ignoreExceptionsInstanceOf(IOException.class).until(() -> {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port())) {
                    return socket.isConnected();
                }
            });
        }
    }

    /** HAProxy with {@code haproxy.cfg}. */
    static final class Haproxy extends Balancer {
        private static final String FILE =
                FILES.resolve("haproxy.cfg").toAbsolutePath().toString();

        private final Path directory;
        private final String socket;
        private final int internalPort = FreePorts.first(1);
        private final List<Program> programs = new ArrayList<>();

        Haproxy(List<Backend> backends, Path certificateAndKey, Path directory, Map<String, String> more)
                throws IOException, CertificateException {
            super(backends, certificateAndKey, more);
            this.directory = directory;
            // The path of a Unix socket has 107 bytes at most.
            socket = Files.createTempDirectory("haproxy").resolve("admin.sock").toString();
            environment().put("HAPROXY_SOCKET", socket);
            environment().put("HAPROXY_INTERNAL", "127.0.0.1:" + internalPort);
            environment().put("HAPROXY_MAXCONN", "6000");
            Program.run(0, environment(), directory, List.of(Program.find("haproxy"), "-c", "-f", FILE));
            programs.add(run());
            awaitOpen();
        }

        /** Where it tells operators about itself. */
        int internalPort() {
            return internalPort;
        }

        private Program run(String... more) {
            List<String> command = new ArrayList<>(List.of(Program.find("haproxy"), "-db", "-f"));
            command.add(FILE);
            command.addAll(List.of(more));
            return Program.start(environment(), directory, command);
        }

        @Override
        void reload() {
            Program old = programs.get(programs.size() - 1);
            programs.add(run("-x", socket, "-sf", Long.toString(old.pid())));
            // The old one goes on with the connections that it has.
            await().until(() -> old.output().contains("Proxy wss stopped") || !old.isAlive());
        }

        @Override
        public void close() {
            programs.forEach(Program::close);
        }
    }

    /** nginx with {@code nginx.conf.template} and {@code nginx.env}. */
    static final class Nginx extends Balancer {
        private static final Pattern VARIABLE = Pattern.compile("(?m)^([A-Z0-9_]+)=(.*)$");

        private final Program program;

        Nginx(List<Backend> backends, Path certificateAndKey, Path directory, Map<String, String> more)
                throws IOException, CertificateException {
            super(backends, certificateAndKey, more);
            Path temporary = Files.createDirectories(directory.resolve("nginx"));
            environment().put("NGINX_TEMP", temporary.toAbsolutePath().toString());
            environment()
                    .put(
                            "NGINX_PID",
                            directory.resolve("nginx.pid").toAbsolutePath().toString());
            environment().put("NGINX_CONNECTIONS", "6000");
            environment().put("NGINX_FILES", "12000");
            environment().put("HOLDFAST_KEY", certificateAndKey.toAbsolutePath().toString());
            Path file = Files.writeString(directory.resolve("nginx.conf"), substituted(environment()))
                    .toAbsolutePath();
            String nginx = Program.find("nginx");
            Program.run(0, Map.of(), directory, List.of(nginx, "-t", "-q", "-c", file.toString()));
            program = Program.start(Map.of(), directory, List.of(nginx, "-c", file.toString(), "-g", "daemon off;"));
            awaitOpen();
        }

        /** What envsubst makes of the template with the variables of nginx.env and those given, which count more. */
        private static String substituted(Map<String, String> given) throws IOException {
            String text = Files.readString(FILES.resolve("nginx.conf.template"));
            Matcher variables = VARIABLE.matcher(Files.readString(FILES.resolve("nginx.env")));
            while (variables.find()) {
                String name = variables.group(1);
                text = text.replace("${" + name + "}", given.getOrDefault(name, variables.group(2)));
            }
            return text;
        }

        @Override
        void reload() {
            List<Long> before = workers();
            program.signal("-HUP");
            await().until(() -> workers().stream().anyMatch(worker -> !before.contains(worker)));
        }

        private List<Long> workers() {
            return ProcessHandle.of(program.pid()).stream()
                    .flatMap(ProcessHandle::children)
                    .map(ProcessHandle::pid)
                    .toList();
        }

        @Override
        public void close() {
            program.close();
        }
    }
}
