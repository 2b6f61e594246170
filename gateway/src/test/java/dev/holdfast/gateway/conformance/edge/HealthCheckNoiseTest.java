// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Exposition;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Hex;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What balancers do all day is counted as nothing and told to nobody; what goes wrong behind one is told. */
final class HealthCheckNoiseTest {
    private static final byte[] LOCAL = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10, 0x20, 0, 0, 0};

    /** What counts ends and refusals: all series of three metrics. */
    private static Map<String, Double> counted(TestGateway gateway) {
        return Exposition.of(gateway)
                .values(
                        "mqtt_gateway_disconnects_total",
                        "mqtt_gateway_rate_limited_total",
                        "mqtt_gateway_connects_total",
                        "mqtt_gateway_packets_received_total");
    }

    private static void awaitNobody(TestGateway gateway) {
        await().until(() -> gateway.metric("mqtt_gateway_memory_held_bytes{kind=\"strangers\"}") == 0
                && Exposition.of(gateway).values("mqtt_gateway_connections").values().stream()
                        .allMatch(open -> open == 0));
    }

    private static void check(int port, byte[] first, boolean isReset) throws IOException {
        TcpChannel channel = TcpChannel.open(port);
        channel.write(first);
        if (isReset) {
            channel.reset();
        } else {
            channel.close();
        }
    }

    @Nested
    @OnGateway(alone = true)
    final class WithoutAProxy {
        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void whoOnlyConnectsIsNothingToCount(boolean isReset, Lab lab) throws IOException {
            TestGateway gateway = lab.gateway();
            awaitNobody(gateway);
            Map<String, Double> before = counted(gateway);

            for (int i = 0; i < 20; i++) {
                check(gateway.tcpPort(), new byte[0], isReset);
                check(gateway.wsPort(), new byte[0], isReset);
            }

            awaitNobody(gateway);
            assertThat(counted(gateway)).isEqualTo(before);
        }

        @Test
        void whoSendsAByteAndGoesIsCounted(Lab lab) throws IOException {
            String gone = "mqtt_gateway_disconnects_total{by=\"client\",reason=\"peer_closed\"}";
            double before = lab.gateway().metric(gone);

            check(lab.gateway().tcpPort(), new byte[] {0x10}, false);

            await().until(() -> lab.gateway().metric(gone) == before + 1);
        }

        /** Caddy 2.6.2 sends it when it reads its configuration again. */
        @Test
        void aCloseWithoutAMaskIsAnEndAsAnyOther(Lab lab) throws IOException {
            String gone = "mqtt_gateway_disconnects_total{by=\"client\",reason=\"peer_closed\"}";
            String violation = "mqtt_gateway_disconnects_total{by=\"server\",reason=\"websocket_violation\"}";
            double goneBefore = lab.gateway().metric(gone);
            double violationsBefore = lab.gateway().metric(violation);
            RawClient client = lab.connect(Dialect.V5_WEBSOCKET);

            client.webSocket().writeRaw(Hex.parse("88 02 03 e9"));

            await().until(() -> lab.gateway().metric(gone) == goneBefore + 1);
            assertThat(lab.gateway().metric(violation)).isEqualTo(violationsBefore);
            assertThat(lab.gateway().hasLogged("closed", "websocket_violation")).isFalse();
        }
    }

    @Nested
    @OnGateway(value = "listeners.proxy-protocol=true", alone = true)
    final class BehindAProxy {
        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void aHealthCheckWithALocalHeaderOrWithoutAnyIsNothingToCount(boolean isReset, Lab lab) throws IOException {
            TestGateway gateway = lab.gateway();
            awaitNobody(gateway);
            Map<String, Double> before = counted(gateway);

            for (int i = 0; i < 20; i++) {
                check(gateway.tcpPort(), LOCAL, isReset);
                check(gateway.wsPort(), LOCAL, isReset);
                check(gateway.tcpPort(), new byte[0], isReset);
                check(gateway.wsPort(), new byte[0], isReset);
            }

            awaitNobody(gateway);
            assertThat(counted(gateway)).isEqualTo(before);
        }

        @Test
        void aHeaderThatIsMissingIsToldAndCounted(Lab lab) throws IOException {
            String refused = "mqtt_gateway_rate_limited_total{kind=\"proxy_header\"}";
            double before = lab.gateway().metric(refused);

            for (int i = 0; i < 5; i++) {
                lab.open(Version.V5).trySend(Connect.connect(lab.id("lost")));
            }

            await().until(() -> lab.gateway().metric(refused) == before + 5);
            await().until(() ->
                    lab.gateway().hasLogged("WARN", "PROXY header (listeners.tcp-proxy-protocol)", "peer=\"127.0.0.1"));
            List<String> told = Files.readAllLines(lab.gateway().log()).stream()
                    .filter(line -> line.contains("PROXY header"))
                    .toList();
            assertThat(told).hasSize(1);
        }
    }
}
