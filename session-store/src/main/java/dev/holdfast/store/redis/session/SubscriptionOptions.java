// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.redis.script.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Encodes the options of a subscription, the value of its filter in the session's hash: one byte as in SUBSCRIBE (bits 0-1 QoS, 2 No
 * Local, 3 Retain As Published, 4-5 Retain Handling), then the Subscription Identifier in four bytes if there is one.
 */
final class SubscriptionOptions {
    private SubscriptionOptions() {}

    static byte[] encode(Subscription subscription) {
        int options = subscription.qos()
                | (subscription.noLocal() ? 4 : 0)
                | (subscription.retainAsPublished() ? 8 : 0)
                | subscription.retainHandling() << 4;
        if (subscription.identifier() == 0) {
            return new byte[] {(byte) options};
        }
        return ByteBuffer.allocate(5)
                .put((byte) options)
                .putInt(subscription.identifier())
                .array();
    }

    static Subscription decode(String filter, byte[] bytes) {
        int options = bytes[0];
        int identifier = bytes.length == 1 ? 0 : ByteBuffer.wrap(bytes).getInt(1);
        return new Subscription(
                filter, options & 3, (options & 4) != 0, (options & 8) != 0, options >> 4 & 3, identifier);
    }

    /** Reads the number of subscriptions, then their filters and options. */
    static List<Subscription> decodeAll(Reply reply) {
        int count = (int) reply.number();
        List<Subscription> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(decode(reply.text(), reply.bytes()));
        }
        return all;
    }
}
