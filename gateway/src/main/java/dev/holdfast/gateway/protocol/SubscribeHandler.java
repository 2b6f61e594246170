// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.codec.FilterPacket;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.session.Session;

/**
 * SUBSCRIBE: each filter is judged on its own, what is granted is stored and routed, SUBACK says so, and the retained
 * messages follow (MQTT 5.0 section 3.8).
 */
final class SubscribeHandler {
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
                () -> new Subscribing(connection, session, packet).begin());
    }
}
