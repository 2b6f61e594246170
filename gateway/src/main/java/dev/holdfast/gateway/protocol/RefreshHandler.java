// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.client.Phase;
import dev.holdfast.gateway.client.Renewal;
import dev.holdfast.gateway.codec.PublishView;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.session.InboundExchanges;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * PUBLISH to {@code $auth/refresh}: its payload is a new token, for clients that have no AUTH packet. It is never routed,
 * stored or logged. At QoS 1 and 2 it is acknowledged when the token has been judged. One that is refused leaves everything as it
 * is: the connection's own token is still good.
 */
final class RefreshHandler {
    private static final String TOPIC = "$auth/refresh";
    private static final String REFUSED = "the token is refused; the one before counts on";
    private static final String UNKNOWN = "the token cannot be judged now; the one before counts on";

    /** No token is longer. Of a longer payload only this many bytes are kept. */
    private static final int LONGEST_TOKEN = 65_536;

    private static final byte[] TOPIC_UTF8 = TOPIC.getBytes(StandardCharsets.US_ASCII);

    /**
     * Whether a PUBLISH is one of these.
     *
     * @param aliased the topic behind its alias, in UTF-8, or null without one
     */
    boolean isFor(PublishView view, byte @Nullable [] aliased) {
        return aliased == null ? view.topicIs(TOPIC_UTF8) : Arrays.equals(aliased, TOPIC_UTF8);
    }

    void handle(Connection connection, PublishView view, byte[] buffer) {
        // The view is the loop's: what follows may read other packets with it.
        int from = view.payloadOffset();
        byte[] token = Arrays.copyOfRange(buffer, from, from + Math.min(view.payloadLength(), LONGEST_TOKEN));
        int qos = view.qos();
        int packetId = view.packetId();
        connection.tools().dealWithArrivedOf(connection); // what came before was under the rights of before
        if (!connection.client().isAccepted()) {
            return;
        }
        if (qos == 2 && PublishHandler.exceedsReceiveMaximum(connection, packetId)) {
            connection.client().end(Outcome.RECEIVE_MAXIMUM_EXCEEDED); // [MQTT-3.3.4-7]
            return;
        }
        Renewals.Exchange known = qos == 2 ? connection.renewals().exchange(packetId) : null;
        AckQueue.Owed owed = qos == 0
                ? null
                : connection.acks().owe(qos == 1 ? MqttMessageType.PUBACK : MqttMessageType.PUBREC, packetId);
        if (owed != null) {
            PublishHandler.pushBack(connection);
        }
        if (known != null && owed != null) {
            if (known.owes(owed)) {
                settle(connection, List.of(owed), 0, null);
            }
            return;
        }
        Renewal.Answer answer = owed == null ? Unheard.ANSWER : answer(connection, owed, qos == 2 ? packetId : 0);
        if (connection.client().phase() != Phase.REAUTHENTICATING) {
            renew(connection, token, answer);
        } else if (!connection.renewals().await(() -> renew(connection, token, answer))) {
            connection.client().refuseRenewal();
            answer.refused(true);
        }
    }

    private static void renew(Connection connection, byte[] token, Renewal.Answer answer) {
        Credentials credentials = new Credentials(
                connection.session().clientId(),
                connection.client().username(),
                token,
                null,
                null,
                connection.wire().peer().host(),
                null);
        connection.client().renew(credentials, "PUBLISH", answer);
    }

    /** Of a PUBLISH at QoS 0. */
    private enum Unheard implements Renewal.Answer {
        ANSWER;

        @Override
        public void accepted(int dropped) {}

        @Override
        public void refused(boolean isUnknown) {}
    }

    private static Renewals.Exchange begin(Connection connection, AckQueue.Owed owed, int packetId) {
        InboundExchanges inbound = connection.session().inbound();
        if (inbound.isUntouched(packetId)) {
            connection.services().metrics().dropped(Dropped.IDENTIFIER_REUSED);
            inbound.drop(packetId); // another message, whose PUBREL is not to come any more
        }
        Renewals.Exchange begun = connection.renewals().begin(packetId);
        begun.owes(owed);
        return begun;
    }

    /**
     * Acknowledges a refused token too, since a client sends again what is not acknowledged, on each connection that it
     * makes. MQTT 5 is told that it was refused; MQTT 3 knows no refusal [MQTT-3.3.5-2].
     *
     * @param packetId of an exchange at QoS 2, else 0
     */
    private static Renewal.Answer answer(Connection connection, AckQueue.Owed owed, int packetId) {
        Renewals.Exchange exchange = packetId == 0 ? null : begin(connection, owed, packetId);
        return new Renewal.Answer() {
            @Override
            public void accepted(int dropped) {
                settle(connection, owing(), 0, null);
            }

            @Override
            public void refused(boolean isUnknown) {
                if (!connection.isV5()) {
                    settle(connection, owing(), 0, null);
                    return;
                }
                if (exchange != null) {
                    connection.renewals().end(packetId, exchange); // PUBREC with a failure ends the exchange
                }
                int code = connection.services().denialCode();
                String words = code == Outcome.NOT_AUTHORIZED.v5Code() ? isUnknown ? UNKNOWN : REFUSED : null;
                settle(connection, owing(), code, words);
            }

            private List<AckQueue.Owed> owing() {
                return exchange == null ? List.of(owed) : exchange.answered();
            }
        };
    }

    private static void settle(Connection connection, List<AckQueue.Owed> owing, int code, @Nullable String words) {
        for (AckQueue.Owed owed : owing) {
            connection.acks().settle(owed, code, words);
        }
        PublishHandler.readOn(connection);
    }
}
