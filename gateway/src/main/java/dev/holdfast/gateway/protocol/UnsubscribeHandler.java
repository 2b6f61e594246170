// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.codec.FilterPacket;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.codec.PacketEncoder;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.trace.ClientTrace;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** UNSUBSCRIBE: the filters leave the store and the routes, UNSUBACK says which were there (MQTT 5.0 section 3.10). */
final class UnsubscribeHandler {
    private static final int AT_ONCE = 128;

    void handle(Connection connection, byte[] buffer, int offset, int length) throws MalformedPacketException {
        Session session = connection.session();
        FilterPacket packet = FilterPacket.of(
                buffer,
                offset,
                length,
                connection.version(),
                connection.services().decodeLimits());
        LongPacket.deal(
                connection,
                () -> packet.check(LongPacket.CHECKED_AT_ONCE),
                () -> new Unsubscribing(connection, session, packet).begin());
    }

    /** One UNSUBSCRIBE, well-formed, on its way to UNSUBACK. */
    private static final class Unsubscribing {
        private final Connection connection;
        private final Session session;
        private final FilterPacket packet;
        private final byte[] codes;
        /**
         * The filters of which the store is told: all that the session has, however many there are, and of the others, which
         * may be about to be stored, no more than one SUBSCRIBE may bring.
         */
        private final Set<String> worthAsking = new LinkedHashSet<>();

        /** Those that read logs. */
        private final Set<String> readingLogs = new HashSet<>(0);

        private int unknown;
        private int answered;

        Unsubscribing(Connection connection, Session session, FilterPacket packet) {
            this.connection = connection;
            this.session = session;
            this.packet = packet;
            this.codes = new byte[packet.count()];
        }

        void begin() {
            connection.pacing().counts(codes.length);
            deal(this::choose, this::store);
        }

        private void deal(LongPacket.Slice slice, Runnable then) {
            connection.input().guardPacket(() -> LongPacket.deal(connection, slice, then));
        }

        private boolean choose() {
            int most = connection.services().limits().maxFiltersPerSubscribe();
            for (int i = 0; i < AT_ONCE && packet.hasNext(); i++) {
                String filter = packet.next();
                if (session.readsLog(filter) || session.isPromised(filter)) {
                    readingLogs.add(filter);
                }
                if (session.subscription(filter) != null || unknown++ < most) {
                    worthAsking.add(filter);
                }
            }
            return !packet.hasNext();
        }

        private void store() {
            packet.rewind();
            CompletableFuture<?> stored = session.forget(List.copyOf(worthAsking));
            SubscriptionBarrier barrier =
                    stored.isDone() ? null : connection.input().barrier();
            if (barrier != null) {
                barrier.begin();
            }
            connection.client().whenStored(stored, () -> {
                if (session.isClosed()) {
                    connection.services().routes().leftBehind(session.slot()); // [MQTT-3.10.4-2]
                } else {
                    connection
                            .input()
                            .guardPacket(() ->
                                    LongPacket.deal(connection, this::unroute, this::settle, this::unrouteTheRest));
                }
                if (barrier != null) {
                    barrier.end();
                }
            });
        }

        private boolean unroute() {
            for (int i = 0; i < AT_ONCE && packet.hasNext(); i++) {
                String filter = packet.next();
                if (!session.slot().hasSubscription(filter) && !readingLogs.remove(filter)) {
                    codes[answered] = ReasonCode.NO_SUBSCRIPTION_EXISTED;
                }
                answered++;
                connection.services().routes().unsubscribe(session.slot(), filter);
                session.outbound().unsubscribed(filter);
            }
            return !packet.hasNext();
        }

        /** The connection ends, the session may stay, and the store has forgotten the filters already. */
        private void unrouteTheRest() {
            connection.services().routes().leftBehind(session.slot()); // also if this fails
            boolean isLast = false;
            while (!isLast) {
                isLast = unroute();
            }
        }

        private void settle() {
            connection.client().whenStored(connection.services().routes().settled(), this::answer);
        }

        private void answer() {
            if (!session.isClosed()) {
                ClientTrace trace = connection.client().trace();
                if (trace != null) {
                    TraceWords.answered(trace, "UNSUBSCRIBE answered", packet, codes.length, i -> codes[i]);
                }
                connection.send(
                        PacketEncoder.unsubAck(packet.packetId(), codes, connection.version()),
                        MqttMessageType.UNSUBACK);
            }
        }
    }
}
