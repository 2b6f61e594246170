// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.edge;

import static dev.holdfast.gateway.harness.mqtt.OpeningHandshake.handshake;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What balancers, proxies and Prometheus find at the edge of a whole gateway. */
final class EdgePortsTest {
    private static HttpResponse<String> get(int port, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    /** An HTTP proxy before the WebSocket port sends no PROXY header, and had every connection closed. */
    @Test
    void theProxyProtocolMayStandBeforeTcpAlone() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(
                        List.of(
                                "log.level=debug",
                                "listeners.proxy-protocol=true",
                                "listeners.ws-proxy-protocol=false",
                                "websocket.trusted-proxies=127.0.0.1"),
                        List.of());
                Lab lab = new Lab(gateway)) {
            RawClient tcp = lab.over(TcpChannel.open(gateway.tcpPort()), Version.V5);
            tcp.sendBytes("PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n".getBytes(StandardCharsets.US_ASCII));
            tcp.connected(Connect.connect(lab.id("tcp"))).disconnect();
            lab.over(
                            WebSocketChannel.open(
                                    gateway.wsPort(), handshake().header("X-Forwarded-For", "192.0.2.9:4711")),
                            Version.V5)
                    .connected(Connect.connect(lab.id("ws")))
                    .disconnect();

            await().until(() -> gateway.hasLogged("closed", lab.id("tcp"), "peer=\"192.0.2.7:56324\"")
                    && gateway.hasLogged("closed", lab.id("ws"), "peer=\"192.0.2.9"));
            assertThat(get(gateway.wsPort(), "/healthz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void theHealthPortShowsWhatTheInternalListenerShowsAndChangesNothing() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(List.of("listeners.health-port=0"), List.of())) {
            int port = gateway.healthPort();

            assertThat(get(port, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(port, "/readyz").body()).contains("\"ready\":true");
            assertThat(get(port, "/metrics").body()).contains("mqtt_gateway_build_info");
            assertThat(get(port, "/revocations").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aRefusedOriginIsToldInTheLogWithItsValue() {
        try (GatewayProcess gateway =
                        GatewayProcess.start(List.of("websocket.allowed-origins=https://app.example"), List.of());
                Lab lab = new Lab(gateway)) {
            for (int i = 0; i < 3; i++) {
                TcpChannel channel = TcpChannel.open(gateway.wsPort());
                handshake().origin("https://other.example").send(channel, gateway.wsPort());
                lab.over(channel, Version.V5).expectClosed();
            }

            await().until(() -> gateway.hasLogged("websocket.allowed-origins", "origin=\"https://other.example\""));
            String own = "http://127.0.0.1:" + gateway.wsPort();
            lab.over(WebSocketChannel.open(gateway.wsPort(), handshake().origin(own)), Version.V5)
                    .connected(Connect.connect(lab.id("own")))
                    .expectAlive();
            var hiveMq = com.hivemq.client.mqtt.MqttClient.builder()
                    .useMqttVersion3()
                    .serverHost("127.0.0.1")
                    .serverPort(gateway.wsPort())
                    .webSocketConfig()
                    .serverPath("mqtt")
                    .applyWebSocketConfig()
                    .buildBlocking();
            hiveMq.connect(); // which sends the host that it asks as its Origin, and got 403
            hiveMq.disconnect();
        }
    }
}
