// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A real HAProxy before some gateways, on free loopback ports: WebSocket by its HTTP, MQTT by TCP, checks each 250 ms. */
public final class Haproxy implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final int wsPort;
    private final int tcpPort;
    private final int statisticsPort;

    /** A gateway's ports. */
    public record Server(int wsPort, int tcpPort, int adminPort) {
        /** Ports that nobody has, nor gets while the gateway is away. */
        public static Server free() {
            return new Server(FreePorts.first(1), FreePorts.first(1), FreePorts.first(1));
        }

        /** The settings that make a gateway listen there. */
        public String[] settings() {
            return new String[] {
                "listeners.ws-port=" + wsPort, "listeners.tcp-port=" + tcpPort, "listeners.admin-port=" + adminPort
            };
        }
    }

    private Haproxy(Process process, int wsPort, int tcpPort, int statisticsPort) {
        this.process = process;
        this.wsPort = wsPort;
        this.tcpPort = tcpPort;
        this.statisticsPort = statisticsPort;
    }

    /** Where it is installed, or null. */
    public static @Nullable Path program() {
        return Stream.of("/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy", "/usr/local/bin/haproxy")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    public static Haproxy start(Path program, List<Server> servers, Path directory) throws IOException {
        int wsPort = FreePorts.first(1);
        int tcpPort = FreePorts.first(1);
        int statisticsPort = FreePorts.first(1);
        StringBuilder text = new StringBuilder();
        text.append("global\n  maxconn 8000\n")
                .append(
                        "defaults\n  timeout connect 2s\n  timeout client 1h\n  timeout server 1h\n  timeout tunnel 1h\n")
                .append("  timeout check 2s\n  retries 3\n  option redispatch 1\n  balance roundrobin\n")
                .append("  default-server check inter 250ms fall 2 rise 2\n")
                .append("frontend ws\n  mode http\n  bind 127.0.0.1:" + wsPort + "\n  default_backend ws\n")
                .append("frontend tcp\n  mode tcp\n  bind 127.0.0.1:" + tcpPort + "\n  default_backend tcp\n")
                .append("frontend statistics\n  mode http\n  bind 127.0.0.1:" + statisticsPort)
                .append("\n  stats enable\n  stats uri /\n")
                .append("backend ws\n  mode http\n  option httpchk GET /healthz\n");
        for (Server each : servers) {
            text.append("  server g" + each.wsPort() + " 127.0.0.1:" + each.wsPort() + "\n");
        }
        text.append("backend tcp\n  mode tcp\n  option httpchk GET /readyz\n");
        for (Server each : servers) {
            text.append(
                    "  server g" + each.wsPort() + " 127.0.0.1:" + each.tcpPort() + " port " + each.adminPort() + "\n");
        }
        Path configuration = Files.writeString(Files.createTempFile(directory, "haproxy-", ".cfg"), text);
        Process process = new ProcessBuilder(program.toString(), "-db", "-f", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(
                        Files.createTempFile(directory, "haproxy-", ".log").toFile())
                .start();
        return new Haproxy(process, wsPort, tcpPort, statisticsPort);
    }

    public String webSocketUrl() {
        return "ws://127.0.0.1:" + wsPort + "/mqtt";
    }

    public String tcpUrl() {
        return "mqtt://127.0.0.1:" + tcpPort;
    }

    /** Whether it takes a gateway for alive, for WebSocket and for TCP. */
    public boolean uses(Server server) {
        try {
            HttpResponse<String> statistics = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + statisticsPort + "/;csv"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return statistics
                            .body()
                            .lines()
                            .filter(line -> line.contains(",g" + server.wsPort() + ",") && line.contains(",UP,"))
                            .count()
                    == 2;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
