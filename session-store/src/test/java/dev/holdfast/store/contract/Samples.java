// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.QueuedMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Messages, targets and wills of which a test needs only a name. */
public final class Samples {
    private static final long ORIGIN = 0x5eed_0f_5a3b1e5L;
    private static final AtomicLong NUMBERS = new AtomicLong();

    private Samples() {}

    /** A new message whose payload is a text. */
    public static Message message(String text) {
        return onTopic("a/b", text);
    }

    public static Message onTopic(String topic, String text) {
        return Message.of(newId(), topic, text.getBytes(StandardCharsets.UTF_8), 1, false, 1_700_000_000_000L);
    }

    /** A new message with a Content Type. */
    public static Message withContentType(String topic, String contentType, String text) {
        Message plain = onTopic(topic, text);
        byte[] type = contentType.getBytes(StandardCharsets.UTF_8);
        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(plain.propertiesOffset() + 1 + 3 + type.length + payload.length)
                .put(plain.body(), 0, plain.propertiesOffset())
                .put((byte) (3 + type.length))
                .put((byte) 0x03)
                .putShort((short) type.length)
                .put(type);
        int payloadOffset = body.position();
        body.put(payload);
        return new Message(
                plain.id(),
                body.array(),
                plain.propertiesOffset(),
                payloadOffset,
                plain.qos(),
                false,
                plain.arrivedAtMillis(),
                Message.NEVER);
    }

    /** A new message with a body of so many bytes. */
    public static Message ofSize(int bytes) {
        Message empty = message("");
        Message whole = Message.of(newId(), "a/b", new byte[bytes - empty.size()], 1, false, 1_700_000_000_000L);
        if (whole.size() != bytes) {
            throw new IllegalStateException("body of " + whole.size());
        }
        return whole;
    }

    public static Message expiringAt(long millis, String topic, String text) {
        Message plain = onTopic(topic, text);
        return new Message(
                plain.id(),
                plain.body(),
                plain.propertiesOffset(),
                plain.payloadOffset(),
                1,
                false,
                plain.arrivedAtMillis(),
                millis);
    }

    public static MessageId newId() {
        return new MessageId(ORIGIN, NUMBERS.incrementAndGet());
    }

    /** The payload of a message that the test needs to be there. */
    public static String text(@Nullable Message expected) {
        Message message = Answers.present(expected);
        return new String(message.body(), message.payloadOffset(), message.payloadLength(), StandardCharsets.UTF_8);
    }

    /** The payloads of what was read; the state's name where there is no message. */
    public static List<String> texts(List<QueuedMessage> queued) {
        return queued.stream()
                .map(one -> one.message() == null ? one.state().name() : text(one.message()))
                .toList();
    }

    public static List<Long> seqs(List<QueuedMessage> queued) {
        return queued.stream().map(QueuedMessage::seq).toList();
    }

    public static EnqueueTarget to(String clientId, int qos) {
        return new EnqueueTarget(clientId, qos, false, EnqueueTarget.NO_IDENTIFIERS);
    }

    public static Will will(String text, Duration delay) {
        return new Will(onTopic("will", text), delay, Will.NO_EXPIRY);
    }

    public static String text(@Nullable DueWill due) {
        return text(Answers.present(due).will());
    }

    public static String text(@Nullable Will will) {
        return text(Answers.present(will).message());
    }
}
