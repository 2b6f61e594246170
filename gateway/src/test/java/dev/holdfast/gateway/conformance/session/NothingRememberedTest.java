// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.conformance.limits.MemoryAuditTest;
import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Operator;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is over is remembered nowhere: after sessions of every kind have come, moved and ended in every way, and gateways too,
 * the tables of all gateways are empty.
 */
final class NothingRememberedTest {
    private static final int ROUNDS = 3;
    private static final String[] FILTERS = {"churn/%d", "$share/g/churn/%d", "$share/g/churn/one"};

    /**
     * A session that had no subscription when it ended was told to nobody: another gateway kept its place for ever, 600 of them
     * in 1.8 s, and no limit bounded it. So did whoever had been told of a takeover.
     */
    @Test
    void afterAnyChurnEveryTableIsEmpty(@TempDir Path directory) {
        TokenDesk desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.replaceAll(each -> each.equals("auth.anonymous=false") ? "auth.anonymous=true" : each);
        settings.add("session.sweep-interval=200ms");
        try (Cluster cluster = Cluster.start(settings.toArray(String[]::new))) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            GatewayProcess dying = cluster.gateway();
            List<GatewayProcess> all = List.of(a, b, dying);
            for (int i = 0; i < ROUNDS; i++) {
                churn(cluster, all.get(i % 3), all.get((i + 1) % 3), i);
                revoke(cluster, desk, all.get(i % 3), all.get((i + 1) % 3), i);
            }
            leftBehind(cluster, dying);
            dying.kill();
            GatewayProcess late = cluster.gateway();
            churn(cluster, late, a, ROUNDS);

            for (GatewayProcess each : List.of(a, b, late)) {
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> assertThat(each.metric("mqtt_gateway_remembered"))
                                .isZero());
                assertThat(each.metric("mqtt_gateway_subscriptions")).isZero();
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> assertThat(each.metric("mqtt_gateway_revocations"))
                                .isZero());
                MemoryAuditTest.expectNothingHeld(each);
            }
        }
    }

    private static void churn(Cluster cluster, GatewayProcess here, GatewayProcess there, int i) {
        List<RawClient> opened = new ArrayList<>();
        for (String form : FILTERS) {
            String filter = String.format(form, i);
            String id = "churn-" + i + "-" + form.length();
            // Ended by a goodbye, without a subscription; the same by MQTT 3.1.1, which begins anew to end it.
            RawClient bare = cluster.connect(here, Connect.kept(id + "-bare")).subscribed(filter, 1);
            unsubscribe(bare, filter);
            goodbye(bare);
            Connect kept3 = new Connect(id + "-3").cleanStart(false);
            RawClient old = cluster.open(here, Version.V3_1_1).connected(kept3).subscribed(filter, 1);
            unsubscribe(old, filter);
            old.disconnect();
            cluster.open(here, Version.V3_1_1).connected(new Connect(id + "-3")).disconnect();
            // Taken over elsewhere, and ended there, with a subscription and without.
            for (boolean subscribed : new boolean[] {true, false}) {
                String mover = id + "-mover-" + subscribed;
                RawClient first = cluster.connect(here, Connect.kept(mover)).subscribed(filter, 1);
                if (!subscribed) {
                    unsubscribe(first, filter);
                }
                RawClient second = cluster.connect(there, Connect.kept(mover));
                first.expectDisconnected(0x8E);
                goodbye(second);
            }
            // Clean sessions, one of them displaced; one that is resumed to its end.
            opened.add(cluster.connect(there, Connect.connect(id + "-clean")).subscribed(filter, 1));
            opened.add(cluster.connect(here, Connect.connect(id + "-clean")).subscribed(filter, 1));
            cluster.connect(here, Connect.kept(id + "-last"))
                    .subscribed(filter, 1)
                    .disconnect();
            opened.add(cluster.connect(there, Connect.connect(id + "-last").cleanStart(false)));
            // Expired while its client was away, with a subscription and without.
            Connect brief = Connect.connect(id + "-brief").with(Prop.SESSION_EXPIRY_INTERVAL, 1);
            cluster.connect(here, brief).subscribed(filter, 1).disconnect();
            RawClient briefly = cluster.connect(
                            there, Connect.connect(id + "-briefly").with(Prop.SESSION_EXPIRY_INTERVAL, 1))
                    .subscribed(filter, 1);
            unsubscribe(briefly, filter);
            briefly.close();
        }
        opened.forEach(RawClient::close);
    }

    /** Ends connections by what is revoked at another gateway, and takes that back. */
    private static void revoke(Cluster cluster, TokenDesk desk, GatewayProcess here, GatewayProcess there, int i) {
        String subject = "revoked-" + i;
        List<RawClient> revoked = new ArrayList<>();
        for (int expiry = 0; expiry < 2; expiry++) {
            Connect asked = Connect.connect(subject + "-" + expiry)
                    .password(desk.token(subject))
                    .with(Prop.SESSION_EXPIRY_INTERVAL, expiry);
            revoked.add(
                    cluster.connect(there, asked).subscribed("churn/" + i, 1).subscribed("$share/g/churn/one", 1));
        }
        new Operator(here).revoke("subject", subject);
        revoked.forEach(each -> each.expectDisconnected(0x87));
        assertThat(new Operator(there).lift("subject", subject)).isEqualTo(204);
    }

    /** What a gateway has when it is killed. */
    private static void leftBehind(Cluster cluster, GatewayProcess dying) {
        cluster.connect(dying, Connect.connect("orphan-clean")).subscribed("$share/g/churn/one", 1);
        cluster.connect(dying, Connect.connect("orphan-brief").with(Prop.SESSION_EXPIRY_INTERVAL, 1))
                .subscribed("churn/one", 1);
        cluster.connect(dying, Connect.kept("orphan-last"))
                .subscribed("churn/one", 1)
                .disconnect();
        cluster.connect(dying, Connect.connect("orphan-last").cleanStart(false));
    }

    private static void unsubscribe(RawClient client, String filter) {
        client.send(Subscribe.unsubscribe(2, filter));
        client.expect(PacketType.UNSUBACK);
    }

    private static void goodbye(RawClient client) {
        client.send(Packets.disconnect(0x00).with(Prop.SESSION_EXPIRY_INTERVAL, 0));
        client.expectClosed();
    }
}
