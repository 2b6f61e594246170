// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One user with a good token makes session after session that never expires, each under a client identifier of its own:
 * at all gateways together it gets so many and no more, and nobody else notices.
 */
final class SessionAccumulationTest {
    private static final int MOST = 3;
    private static final long NEVER = 0xFFFFFFFFL;

    @TempDir
    private static Path directory;

    private static TokenDesk desk;
    private static Cluster cluster;
    private static GatewayProcess here;
    private static GatewayProcess there;

    @BeforeAll
    static void start() throws Exception {
        desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.add("limits.max-sessions-per-principal=" + MOST);
        cluster = Cluster.start(settings.toArray(String[]::new));
        here = cluster.gateway();
        there = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @EnumSource
    void sessionAccumulationEndsAtTheBoundAndWhatIsThereGoesOn(Version version) {
        String user = "collector-" + version;
        for (int i = 0; i < MOST; i++) {
            RawClient client = cluster.open(i % 2 == 0 ? here : there, version)
                    .connected(forEver(user + "-" + i, user))
                    .subscribed("accumulation/" + version, 1);
            client.vanish();
        }
        double refused = refusals();

        for (int i = 0; i < 2 * MOST; i++) {
            RawClient client = cluster.open(i % 2 == 0 ? here : there, version);
            client.send(forEver(user + "-more-" + i, user)).expectRefused(3, Reason.QUOTA_EXCEEDED);
        }

        assertThat(refusals() - refused).isEqualTo(2 * MOST);
        cluster.open(there, version).connected(forEver("somebody-else-" + version, "else-" + version));
        RawClient publisher = cluster.open(here, version)
                .connected(connect("clean-" + version).userName("u").password(desk.token(user)));
        publisher.published(publish("accumulation/" + version, "m").qos(1), 1);
        RawClient back = cluster.open(there, version).connected(forEver(user + "-0", user));
        assertThat(back.take().text()).isEqualTo("m");
    }

    @Test
    void whoeverIsToldSoIsToldWhyAndMayMakeAnotherWhenOneHasEnded() {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            clients.add(cluster.connect(here, forEver("ends-" + i, "tidy")));
        }
        RawClient refused = cluster.open(there).send(forEver("ends-too-many", "tidy"));
        assertThat(refused.expect(PacketType.CONNACK).properties().text(Prop.REASON_STRING))
                .isEqualTo("too many sessions");

        clients.get(0).send(Packets.disconnect(Reason.SUCCESS).with(Prop.SESSION_EXPIRY_INTERVAL, 0));
        clients.get(0).expectClosed();

        await().until(() -> {
            RawClient next = cluster.open(there).send(forEver("ends-next", "tidy"));
            return next.expect(PacketType.CONNACK).reason() == Reason.SUCCESS;
        });
    }

    private static Connect forEver(String clientId, String subject) {
        return connect(clientId)
                .cleanStart(false)
                .with(Prop.SESSION_EXPIRY_INTERVAL, NEVER)
                .userName("u")
                .password(desk.token(subject));
    }

    private static double refusals() {
        String series = "mqtt_gateway_rate_limited_total{kind=\"sessions_per_principal\"}";
        return here.metric(series) + there.metric(series);
    }
}
