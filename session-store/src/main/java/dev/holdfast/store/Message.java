// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * An application message as it was published: immutable, shared by every queue it stands in.
 *
 * <p>The body is the MQTT 5 PUBLISH packet from its topic name on, without the packet identifier: topic (two bytes of
 * length, UTF-8), property length and properties, payload (MQTT 5.0 section 3.3.2). Topic Alias and Subscription
 * Identifier never stand in it, since both belong to one connection; nor does Message Expiry Interval, which is kept
 * as {@link #expiresAtMillis()} because it shrinks while the message waits [MQTT-3.3.2-6].
 *
 * <p>The array belongs to the message: nobody writes to it after construction, which is not checked.
 */
public final class Message {
    /** The object, its id, and the headers of its arrays and its topic name. */
    private static final int OVERHEAD_BYTES = 144;

    private static final int HOLDERS_BITS = 27;
    private static final int HOLDERS_MASK = (1 << HOLDERS_BITS) - 1;
    private static final HeldMemory.Kind[] KINDS = HeldMemory.Kind.values();
    private static final AtomicIntegerFieldUpdater<Message> HOLDERS =
            AtomicIntegerFieldUpdater.newUpdater(Message.class, "holders");

    /** The value of {@link #expiresAtMillis()} of a message that never expires. */
    public static final long NEVER = Long.MAX_VALUE;

    private final MessageId id;
    private final byte[] body;
    private final int propertiesOffset;
    private final int payloadOffset;
    private final byte qos;
    private final boolean retain;
    private final long arrivedAtMillis;
    private final long expiresAtMillis;
    private @Nullable String topic;

    /** How many hold it, and above them the kind under which it is charged while anybody does. */
    private volatile int holders;

    /**
     * Makes a message of a body that has been validated.
     *
     * @param id the message's identity over all gateways and retries
     * @param body the body as the class says, owned by the message from now on
     * @param propertiesOffset where the property length stands in the body
     * @param payloadOffset where the payload begins in the body; its end is the body's
     * @param qos the QoS it was published with, 0 to 2
     * @param retain the RETAIN flag it was published with
     * @param arrivedAtMillis when the first gateway had it, milliseconds since the epoch
     * @param expiresAtMillis when it expires, milliseconds since the epoch, or {@link #NEVER}
     */
    public Message(
            MessageId id,
            byte[] body,
            int propertiesOffset,
            int payloadOffset,
            int qos,
            boolean retain,
            long arrivedAtMillis,
            long expiresAtMillis) {
        this.id = id;
        this.body = body;
        this.propertiesOffset = propertiesOffset;
        this.payloadOffset = payloadOffset;
        this.qos = (byte) qos;
        this.retain = retain;
        this.arrivedAtMillis = arrivedAtMillis;
        this.expiresAtMillis = expiresAtMillis;
    }

    /**
     * Makes a message without properties, for wills, system topics and tests.
     *
     * @param id the message's identity
     * @param topic the topic name, already validated
     * @param payload the payload, copied
     * @param qos 0 to 2
     * @param retain the RETAIN flag
     * @param arrivedAtMillis milliseconds since the epoch
     */
    public static Message of(
            MessageId id, String topic, byte[] payload, int qos, boolean retain, long arrivedAtMillis) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[2 + name.length + 1 + payload.length];
        body[0] = (byte) (name.length >>> 8);
        body[1] = (byte) name.length;
        System.arraycopy(name, 0, body, 2, name.length);
        int propertiesOffset = 2 + name.length;
        System.arraycopy(payload, 0, body, propertiesOffset + 1, payload.length);
        return new Message(id, body, propertiesOffset, propertiesOffset + 1, qos, retain, arrivedAtMillis, NEVER);
    }

    /** The identity of this message over all gateways and retries. */
    public MessageId id() {
        return id;
    }

    /** The body as the class describes it. Not to be written to. */
    public byte[] body() {
        return body;
    }

    /** The topic name; decoded at the first call and kept. */
    public String topic() {
        String known = topic;
        if (known == null) {
            known = new String(body, 2, propertiesOffset - 2, StandardCharsets.UTF_8);
            topic = known;
        }
        return known;
    }

    /** Whether another message has the same topic name. */
    public boolean hasTopicOf(Message other) {
        return Arrays.equals(body, 2, propertiesOffset, other.body, 2, other.propertiesOffset);
    }

    /** Whether another message has the same topic name and the same payload; properties, which a repeat may change, do not count. */
    public boolean hasContentOf(Message other) {
        return hasTopicOf(other)
                && Arrays.equals(body, payloadOffset, body.length, other.body, other.payloadOffset, other.body.length);
    }

    /** Takes over the decoded topic name of another message, which has the same one. */
    public void shareTopic(Message other) {
        topic = other.topic();
    }

    /** Where the property length stands in the body; the topic name with its length ends there. */
    public int propertiesOffset() {
        return propertiesOffset;
    }

    /** Where the payload begins in the body; it ends with the body. */
    public int payloadOffset() {
        return payloadOffset;
    }

    /** The number of payload bytes. */
    public int payloadLength() {
        return body.length - payloadOffset;
    }

    /** The QoS it was published with, 0 to 2. */
    public int qos() {
        return qos;
    }

    /** Whether it was published with RETAIN = 1. */
    public boolean isRetain() {
        return retain;
    }

    /** When the first gateway had it, in milliseconds since the epoch. */
    public long arrivedAtMillis() {
        return arrivedAtMillis;
    }

    /** When it expires, in milliseconds since the epoch, or {@link #NEVER}. */
    public long expiresAtMillis() {
        return expiresAtMillis;
    }

    /** Whether its Message Expiry Interval has passed at the given time [MQTT-3.3.2-5]. */
    public boolean isExpired(long nowMillis) {
        return expiresAtMillis <= nowMillis;
    }

    /**
     * Whether it was published with a Message Expiry Interval of 0: it goes to whoever can have it at once, and is
     * expired for all others.
     */
    public boolean isForNowOnly() {
        return expiresAtMillis <= arrivedAtMillis;
    }

    /**
     * Notes that somebody keeps this message. Who is first charges it; however many keep it, it is charged once, under
     * that kind. Any thread.
     */
    public void hold(HeldMemory memory, HeldMemory.Kind kind) {
        hold(memory, kind, 1);
    }

    /**
     * The same for several at once.
     *
     * @param times 0 or more; each is to be followed by a {@link #letGo}
     */
    public void hold(HeldMemory memory, HeldMemory.Kind kind, int times) {
        if (times == 0) {
            return;
        }
        while (true) {
            int before = holders;
            int after = before == 0 ? kind.index() << HOLDERS_BITS | times : before + times;
            if (HOLDERS.compareAndSet(this, before, after)) {
                if (before == 0) {
                    memory.add(kind, heldBytes());
                }
                return;
            }
        }
    }

    /** Notes that one of those who kept this message keeps it no more; the last one gives back what it was charged. */
    public void letGo(HeldMemory memory) {
        letGo(memory, 1);
    }

    /** The same for several at once. */
    public void letGo(HeldMemory memory, int times) {
        if (times == 0) {
            return;
        }
        while (true) {
            int before = holders;
            int left = (before & HOLDERS_MASK) - times;
            if (left < 0) {
                throw new IllegalStateException("let go of more often than held");
            }
            if (HOLDERS.compareAndSet(this, before, left == 0 ? 0 : before - times)) {
                if (left == 0) {
                    memory.add(KINDS[before >>> HOLDERS_BITS], -heldBytes());
                }
                return;
            }
        }
    }

    /** Whether anybody keeps this message beyond the moment. */
    public boolean isHeld() {
        return holders != 0;
    }

    /** What it costs in memory. */
    public int heldBytes() {
        return OVERHEAD_BYTES + body.length + propertiesOffset;
    }

    /** The bytes that count for queue limits: the body. */
    public int size() {
        return body.length;
    }

    /** Names the message without its payload, so that logs never hold one. */
    @Override
    public String toString() {
        return "Message[" + id + " qos=" + qos + " bytes=" + body.length + "]";
    }
}
