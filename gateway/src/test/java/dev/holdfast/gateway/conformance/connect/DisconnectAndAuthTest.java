// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DISCONNECT with properties and AUTH of MQTT 5.0 (sections 3.14, 3.15 and 4.12). */
@OnGateway
final class DisconnectAndAuthTest {
    @Test
    void raisingASessionExpiryOfZeroIsAProtocolError(Lab lab) { // [MQTT-3.14.2-2] section 3.14.2.2.2
        RawClient client = lab.connect(Version.V5);

        client.send(Packets.disconnect(0).with(Prop.SESSION_EXPIRY_INTERVAL, 10));

        client.expectDisconnected(Reason.PROTOCOL_ERROR);
    }

    @Test
    void sessionExpiryCanBeEndedAtDisconnect(Lab lab) { // section 3.14.2.2.2
        RawClient client = lab.connect(Version.V5, kept(lab.id("a")));
        client.send(Packets.disconnect(0).with(Prop.SESSION_EXPIRY_INTERVAL, 0));
        client.expectClosed();

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")));

        assertThat(back.connack().isSessionPresent()).isFalse();
    }

    @Test
    void sessionExpiryCanBeChangedAtDisconnect(Lab lab) { // section 3.14.2.2.2
        RawClient client = lab.connect(Version.V5, connect(lab.id("a")).with(Prop.SESSION_EXPIRY_INTERVAL, 1));
        client.send(Packets.disconnect(0).with(Prop.SESSION_EXPIRY_INTERVAL, 300));
        client.expectClosed();

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")));

        assertThat(back.connack().isSessionPresent()).isTrue();
    }

    @Test
    void disconnectWithAnErrorCodeKeepsTheSessionAndSendsTheWill(Lab lab) { // [MQTT-3.14.4-3]
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 1);
        RawClient client = lab.connect(
                Version.V5,
                kept(lab.id("a")).will(publish(lab.topic("will"), "gone").qos(1)));

        client.send(Packets.disconnect(Reason.UNSPECIFIED));

        assertThat(watcher.take().text()).isEqualTo("gone");
        assertThat(lab.connect(Version.V5, kept(lab.id("a"))).connack().isSessionPresent())
                .isTrue();
    }

    @Test
    void nothingIsProcessedAfterDisconnect(Lab lab) { // [MQTT-3.14.4-1]
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
        RawClient client = lab.connect(Version.V5);

        client.send(Packets.disconnect(), publish(lab.topic("a"), "late"));

        client.expectClosed();
        watcher.expectAlive();
    }

    @Test
    void unknownAuthenticationMethodIsRefused(Lab lab) { // [MQTT-4.12.0-1] [MQTT-4.12.0-4]
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a"))
                .with(Prop.AUTHENTICATION_METHOD, "SCRAM-SHA-1024")
                .with(Prop.AUTHENTICATION_DATA, new byte[] {1}));

        client.expectRefused(0, Reason.BAD_AUTHENTICATION_METHOD);
    }

    @Test
    void authenticationDataWithoutAMethodIsAProtocolError(Lab lab) { // section 3.1.2.11.10
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a")).with(Prop.AUTHENTICATION_DATA, new byte[] {1}));

        client.expectRefusedOrClosed(Reason.PROTOCOL_ERROR);
    }

    @Test
    void authBeforeConnectClosesTheConnection(Lab lab) { // [MQTT-3.1.0-1]
        RawClient client = lab.open(Version.V5);

        client.send(Packets.auth(Reason.CONTINUE_AUTHENTICATION).with(Prop.AUTHENTICATION_METHOD, "x"));

        client.expectClosed();
    }

    @ParameterizedTest
    @ValueSource(ints = {Reason.SUCCESS, Reason.CONTINUE_AUTHENTICATION, Reason.RE_AUTHENTICATE})
    void authOnAConnectionWithoutAMethodIsAProtocolError(int reason, Lab lab) { // [MQTT-4.12.0-7]
        RawClient with = lab.connect(Version.V5);
        RawClient without = lab.connect(Version.V5);

        with.send(Packets.auth(reason).with(Prop.AUTHENTICATION_METHOD, "x"));
        without.send(Packets.auth(reason));

        with.expectDisconnected(Reason.PROTOCOL_ERROR);
        without.expectDisconnected(Reason.PROTOCOL_ERROR);
    }

    @Test
    void authIsNoPacketOfOlderVersions(Lab lab) { // 3.1.1 section 2.2.1: type 15 is forbidden
        RawClient client = lab.connect(Version.V3_1_1);

        client.send(Outgoing.hex("f0 00"));

        client.expectClosed();
    }
}
