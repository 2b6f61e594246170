// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Packets.PINGREQ;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.unit.UnitGateway.channel;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What happens because time passes, on a clock that the test moves: an hour takes no longer than a second. */
@Tag("unit")
final class DeadlinesTest {
    private final UnitGateway gateway = UnitGateway.with("limits.min-keep-alive=1s");

    @Test
    void silentClientIsClosedAfterOneAndAHalfKeepAliveIntervals() { // [MQTT-3.1.2-22]
        RawClient client = gateway.connect(Version.V5, connect("c").keepAlive(100));

        gateway.pass(Duration.ofSeconds(149));
        assertThat(channel(client).hasOutput()).isFalse();
        gateway.pass(Duration.ofSeconds(3));

        client.expectDisconnected(Reason.KEEP_ALIVE_TIMEOUT);
    }

    @Test
    void clientThatPingsInTimeStays() {
        RawClient client = gateway.connect(Version.V5, connect("c").keepAlive(100));

        for (int i = 0; i < 5; i++) {
            gateway.pass(Duration.ofSeconds(140));
            client.send(PINGREQ);
            client.expect(PacketType.PINGRESP);
        }
    }

    @Test
    void connectionWithoutConnectIsClosed() {
        RawClient stranger = gateway.open(Version.V5);

        gateway.pass(Duration.ofMinutes(1));

        stranger.expectClosed();
    }

    @Test
    void sessionIsThereUntilItExpires() { // MQTT 5.0 section 3.1.2.11.2
        gateway.connect(Version.V5, kept("c")).disconnect();
        gateway.pass(Duration.ofSeconds(590));
        assertThat(gateway.connect(Version.V5, kept("c")).connack().isSessionPresent())
                .isTrue();
        channel(gateway.connect(Version.V5, kept("c"))).vanish();

        gateway.pass(Duration.ofSeconds(630));

        assertThat(gateway.sessions().remembered()).isZero();
        assertThat(gateway.connect(Version.V5, kept("c")).connack().isSessionPresent())
                .isFalse();
    }

    @Test
    void willIsPublishedAfterItsDelayAndNotIfTheClientIsBackBefore() { // [MQTT-3.1.3-9]
        RawClient watcher =
                gateway.connect(Version.V5, connect("watcher").keepAlive(0)).subscribed("will", 0);
        RawClient client = gateway.connect(Version.V5, kept("c").will(delayed()));
        channel(client).vanish();
        gateway.pass(Duration.ofSeconds(25));
        client = gateway.connect(Version.V5, kept("c").will(delayed()));
        gateway.pass(Duration.ofSeconds(20));
        assertThat(channel(watcher).hasOutput()).as("the client is back").isFalse();

        channel(client).vanish();
        gateway.pass(Duration.ofSeconds(25));
        assertThat(channel(watcher).hasOutput()).as("its delay is not over").isFalse();
        gateway.pass(Duration.ofSeconds(40));

        watcher.expectPublish("gone");
    }

    private static Publish delayed() {
        return publish("will", "gone").with(Prop.WILL_DELAY_INTERVAL, 30);
    }

    @Test
    void queuedMessageThatHasExpiredIsNotDelivered() { // [MQTT-3.3.2-5]
        gateway.connect(Version.V5, kept("c")).subscribed("t", 1).disconnect();
        RawClient publisher = gateway.connect(Version.V5, connect("p").keepAlive(0));
        publisher.published(publish("t", "short").qos(1).with(Prop.MESSAGE_EXPIRY_INTERVAL, 10), 1);
        publisher.published(publish("t", "long").qos(1).with(Prop.MESSAGE_EXPIRY_INTERVAL, 100), 2);

        gateway.pass(Duration.ofSeconds(40));

        RawClient client = gateway.connect(Version.V5, kept("c"));
        assertThat(client.expectPublish("long").properties().number(Prop.MESSAGE_EXPIRY_INTERVAL, 0))
                .isEqualTo(60);
        client.expectAlive();
    }
}
