// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.value.HostRule;
import dev.holdfast.gateway.observe.Refused;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The internal listener and whoever reaches it without being an operator: web pages by a name of theirs, sockets that say nothing. */
final class AdminAttackTest {
    private static final int FORBIDDEN = 403;

    private final Queue<Refused> refused = new ConcurrentLinkedQueue<>();
    private final List<Socket> opened = new ArrayList<>();
    private AdminListener listener;

    @BeforeEach
    void open() throws IOException {
        listener = AdminListener.open(
                "127.0.0.1",
                0,
                new AdminHandler(
                        new HealthHandler(new Readiness(), type -> "secret 1.0\n"),
                        HostRule.of(List.of("Gateway-1.internal")),
                        refused::add));
    }

    @AfterEach
    void close() throws IOException {
        for (Socket each : opened) {
            each.close();
        }
        listener.close();
    }

    private Socket socket() throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), listener.address().getPort());
        socket.setSoTimeout(30_000);
        opened.add(socket);
        return socket;
    }

    private int status(String request) throws IOException {
        try (Socket socket = socket()) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1)).readLine();
            if (line == null) {
                throw new EOFException("closed without an answer");
            }
            return Integer.parseInt(line.substring(9, 12));
        }
    }

    private static String get(String path, String host) {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rebound.example",
                "rebound.example:9080",
                "127.0.0.1.rebound.example",
                "localhost.rebound.example",
                "1234.5678",
                "gateway-1.internal.rebound.example",
                ""
            })
    void aNameThatIsNotTheOperatorsReadsAndChangesNothing(String host) throws Exception {
        for (String path : List.of("/metrics", "/revocations", "/healthz", "/readyz", "/else")) {
            assertThat(status(get(path, host))).as(path).isEqualTo(FORBIDDEN);
        }
        assertThat(status("POST /revocations HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\n\r\n"))
                .isEqualTo(FORBIDDEN);
        assertThat(refused).hasSize(6).containsOnly(Refused.ADMIN_HOST);
    }

    /** Kubernetes asks by the address of the pod, HAProxy in HTTP/1.0 without a Host. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.1.2.3",
                "10.1.2.3:9080",
                "[fd00::7]:9080",
                "[::1]",
                "LocalHost",
                "localhost:9080",
                "GATEWAY-1.internal",
                "gateway-1.INTERNAL:9080"
            })
    void whoAsksByAddressOrByANameThatIsAllowedIsAnswered(String host) throws Exception {
        assertThat(status(get("/metrics", host))).isEqualTo(200);
        assertThat(status(get("/healthz", host))).isEqualTo(200);
        assertThat(status("GET /healthz HTTP/1.0\r\n\r\n")).isEqualTo(200);
        assertThat(refused).isEmpty();
    }

    @Test
    void twoHostsAreNone() throws Exception {
        assertThat(status("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: rebound.example\r\n\r\n"))
                .isNotEqualTo(200);
    }

    /** There were 24 places, and whoever took them and said nothing kept out all others for 20 seconds. */
    @Test
    void socketsThatSayNothingKeepNobodyOut() throws Exception {
        List<Socket> crowd = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            crowd.add(socket());
        }
        long start = System.nanoTime();

        for (int i = 0; i < 10; i++) {
            assertThat(status(get("/healthz", "127.0.0.1"))).isEqualTo(200);
        }

        assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
        for (int i = 0; i < 64 - AdminListener.MOST_CONNECTIONS; i++) {
            assertThat(crowd.get(i).getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void requestsWhoseBodyNeverComesKeepNobodyOutForLong() throws Exception {
        listener.close();
        listener = AdminListener.open(
                "127.0.0.1",
                0,
                exchange -> exchange.getRequestReceiver()
                        .receiveFullBytes(
                                (same, body) -> same.getResponseSender().send("done")));
        for (int i = 0; i < 2 * AdminListener.MOST_CONNECTIONS; i++) {
            Socket socket = socket();
            socket.getOutputStream()
                    .write("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{".getBytes(ISO_8859_1));
        }

        await().atMost(Duration.ofSeconds(8)).until(() -> isAnswered());
    }

    private boolean isAnswered() {
        try {
            return status(get("/", "127.0.0.1")) == 200;
        } catch (IOException closed) {
            return false;
        }
    }

    @Test
    void aConnectionThatAsksAgainAndAgainIsKept() throws Exception {
        Socket socket = socket();
        for (int i = 0; i < 2 * AdminListener.MOST_CONNECTIONS; i++) {
            socket();
            socket.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(ISO_8859_1));
            byte[] head = socket.getInputStream().readNBytes(15);
            assertThat(new String(head, ISO_8859_1)).isEqualTo("HTTP/1.1 200 OK");
            drain(socket);
        }
    }

    private static void drain(Socket socket) throws IOException {
        StringBuilder rest = new StringBuilder();
        while (!rest.toString().endsWith("{\"alive\":true}\n")) {
            rest.append((char) socket.getInputStream().read());
        }
    }
}
