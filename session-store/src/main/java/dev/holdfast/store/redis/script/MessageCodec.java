// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Leftovers;
import dev.holdfast.store.session.QueuedMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * Encodes messages as Redis keeps them; {@code queue.lua} reads the same header. An entry is:
 *
 * <pre>
 *   6   seq, put in front by enqueue.lua
 *   1   bits 0-1 QoS of the delivery, 2 its RETAIN, 3-4 state, 5 RETAIN as published, 6-7 QoS as published
 *   2   length of the header, seq included, in 15 bits; bit 15: an expiry time is there
 *   16  message id
 *   6   arrival, ms since the epoch
 *   6   expiry, ms since the epoch, if bit 15 says so
 *   *   if it came through a shared subscription: 0, the length of the filter as a variable byte integer, the filter
 *   *   Subscription Identifiers as variable byte integers, to the end of the header
 *   *   body
 * </pre>
 */
public final class MessageCodec {
    /** State of an entry: to be sent as PUBLISH. */
    static final int QUEUED = 0;
    /** State of an entry: PUBREC has come. */
    static final int RELEASED = 1;
    /** State of an entry: acknowledged out of order. */
    static final int DONE = 2;

    private static final int SEQ = 6;
    private static final int FIXED = 1 + 2 + 16 + 6;
    private static final int HAS_EXPIRY = 0x8000;

    /** A longer filter does not fit into the header: a message that came through it is not left to other members. */
    private static final int MOST_SHARE_BYTES = 16_000;

    private static final byte[] NO_SHARE = {};

    private MessageCodec() {}

    /** The entry of a message for a target, without seq. */
    public static byte[] encode(Message message, EnqueueTarget target) {
        String share = target.share();
        byte[] filter = share == null ? NO_SHARE : share.getBytes(StandardCharsets.UTF_8);
        return encode(
                message,
                target.qos(),
                target.retain(),
                filter.length <= MOST_SHARE_BYTES ? filter : NO_SHARE,
                target.subscriptionIdentifiers());
    }

    private static byte[] encode(
            Message message, int qos, boolean retain, byte[] share, int[] subscriptionIdentifiers) {
        boolean expires = message.expiresAtMillis() != Message.NEVER;
        int header = FIXED + (expires ? 6 : 0);
        if (share.length > 0) {
            header += 1 + varintLength(share.length) + share.length;
        }
        for (int identifier : subscriptionIdentifiers) {
            header += varintLength(identifier);
        }
        byte[] body = message.body();
        ByteBuffer out = ByteBuffer.allocate(header + body.length);
        int flags = qos | (retain ? 4 : 0) | (message.isRetain() ? 0x20 : 0) | message.qos() << 6;
        out.put((byte) flags);
        out.putShort((short) (header + SEQ | (expires ? HAS_EXPIRY : 0)));
        out.putLong(message.id().origin()).putLong(message.id().number());
        putMillis(out, message.arrivedAtMillis());
        if (expires) {
            putMillis(out, message.expiresAtMillis());
        }
        if (share.length > 0) {
            out.put((byte) 0);
            putVarint(out, share.length);
            out.put(share);
        }
        for (int identifier : subscriptionIdentifiers) {
            putVarint(out, identifier);
        }
        return out.put(body).array();
    }

    /** The entry of a message that stands in no queue (retained, inbound QoS 2, will), without seq. */
    public static byte[] encode(Message message) {
        return encode(message, message.qos(), message.isRetain(), NO_SHARE, EnqueueTarget.NO_IDENTIFIERS);
    }

    /** The QoS of the delivery, of an entry without seq. */
    public static int qos(byte[] entry) {
        return entry[0] & 3;
    }

    /** Decodes an entry of a queue, with seq. */
    public static QueuedMessage decodeQueued(byte[] entry) {
        ByteBuffer in = ByteBuffer.wrap(entry);
        long seq = millis(in);
        int flags = in.get();
        int state = flags >> 3 & 3;
        int qos = flags & 3;
        boolean retain = (flags & 4) != 0;
        if (state != QUEUED) {
            QueuedMessage.State mark = state == RELEASED ? QueuedMessage.State.RELEASED : QueuedMessage.State.DONE;
            return new QueuedMessage(seq, qos, retain, EnqueueTarget.NO_IDENTIFIERS, null, mark);
        }
        int[] identifiers = new int[4];
        int count = 0;
        int header = in.getShort(SEQ + 1);
        int at = SEQ + FIXED + ((header & HAS_EXPIRY) != 0 ? 6 : 0);
        in.position(at);
        skipShare(in, header & 0x7FFF);
        while (in.position() < (header & 0x7FFF)) {
            if (count == identifiers.length) {
                identifiers = Arrays.copyOf(identifiers, 2 * count);
            }
            identifiers[count++] = varint(in);
        }
        int[] exact = count == 0 ? EnqueueTarget.NO_IDENTIFIERS : Arrays.copyOf(identifiers, count);
        return new QueuedMessage(seq, qos, retain, exact, decode(entry, SEQ), QueuedMessage.State.QUEUED);
    }

    /** A message id in 16 bytes. */
    public static byte[] encode(MessageId id) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.origin())
                .putLong(id.number())
                .array();
    }

    /** Decodes an entry, with seq, that an ended session has left; the message has the QoS of the delivery. */
    public static Leftovers.Leftover decodeLeftover(byte[] entry) {
        ByteBuffer in = ByteBuffer.wrap(entry);
        int header = in.getShort(SEQ + 1);
        in.position(SEQ + FIXED + ((header & HAS_EXPIRY) != 0 ? 6 : 0) + 1);
        byte[] share = new byte[varint(in)];
        in.get(share);
        Message message = decode(entry, SEQ);
        Message asGranted = new Message(
                message.id(),
                message.body(),
                message.propertiesOffset(),
                message.payloadOffset(),
                entry[SEQ] & 3,
                message.isRetain(),
                message.arrivedAtMillis(),
                message.expiresAtMillis());
        return new Leftovers.Leftover(new String(share, StandardCharsets.UTF_8), asGranted);
    }

    private static void skipShare(ByteBuffer in, int headerLength) {
        if (in.position() < headerLength && in.get(in.position()) == 0) {
            in.get();
            int length = varint(in);
            in.position(in.position() + length);
        }
    }

    /** Decodes the message of an entry without seq that begins at an offset. */
    public static Message decode(byte[] bytes, int offset) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        in.position(offset);
        int flags = in.get() & 0xFF;
        int header = in.getShort() & 0xFFFF;
        MessageId id = new MessageId(in.getLong(), in.getLong());
        long arrived = millis(in);
        long expires = (header & HAS_EXPIRY) != 0 ? millis(in) : Message.NEVER;
        byte[] body = Arrays.copyOfRange(bytes, offset + (header & 0x7FFF) - SEQ, bytes.length);
        ByteBuffer content = ByteBuffer.wrap(body);
        int properties = 2 + (content.getShort(0) & 0xFFFF);
        content.position(properties);
        int length = varint(content);
        int payload = content.position() + length;
        return new Message(id, body, properties, payload, flags >> 6 & 3, (flags & 0x20) != 0, arrived, expires);
    }

    /** A will: delay and expiry in ms, then its message. */
    public static byte[] encode(Will will) {
        byte[] message = encode(will.message());
        long expiry = Will.NO_EXPIRY.equals(will.expiry()) ? -1 : Expiry.millis(will.expiry());
        return ByteBuffer.allocate(16 + message.length)
                .putLong(Expiry.millis(will.delay()))
                .putLong(expiry)
                .put(message)
                .array();
    }

    /** The way back from {@link #encode(Will)}. */
    public static Will decodeWill(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        Duration delay = Duration.ofMillis(in.getLong());
        long expiry = in.getLong();
        return new Will(decode(bytes, 16), delay, expiry < 0 ? Will.NO_EXPIRY : Duration.ofMillis(expiry));
    }

    private static void putMillis(ByteBuffer out, long millis) {
        out.putShort((short) (millis >>> 32)).putInt((int) millis);
    }

    private static long millis(ByteBuffer in) {
        return (in.getShort() & 0xFFFFL) << 32 | (in.getInt() & 0xFFFF_FFFFL);
    }

    private static int varintLength(int value) {
        return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4;
    }

    private static void putVarint(ByteBuffer out, int value) {
        int rest = value;
        while (rest >= 0x80) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static int varint(ByteBuffer in) {
        int value = 0;
        int shift = 0;
        byte next;
        do {
            next = in.get();
            value |= (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }
}
