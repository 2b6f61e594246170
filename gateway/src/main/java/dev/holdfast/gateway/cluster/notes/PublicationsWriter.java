// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.notes;

import dev.holdfast.gateway.routing.Publication;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes one {@link Note.Publications}, message by message. Fields that are the same as in the message before are left out: the messages
 * of one turn often have the same publisher, the same topic and no expiry. One thread.
 */
public final class PublicationsWriter {
    static final char KIND = 'P';

    private static final int QOS = 3;
    private static final int RETAIN = 4;
    private static final int EXPIRES = 8;
    private static final int OTHER_PUBLISHER = 16;
    private static final int OTHER_ORIGIN = 32;
    private static final int OTHER_TOPIC = 64;
    private static final int FIRST_CAPACITY = 1024;

    private final NoteWriter out = new NoteWriter(FIRST_CAPACITY).kind(KIND);
    private int count;
    private @Nullable String publisher;
    private @Nullable Message before;

    /** Adds a message with the client identifier of its publisher; null if the publisher is not known. */
    public void add(Message message, @Nullable String publishedBy) {
        Message last = before;
        boolean isOtherPublisher = !Objects.equals(publisher, publishedBy);
        boolean isOtherOrigin =
                last == null || last.id().origin() != message.id().origin();
        boolean isOtherTopic = last == null || !message.hasTopicOf(last);
        boolean expires = message.expiresAtMillis() != Message.NEVER;
        out.octet(message.qos()
                | (message.isRetain() ? RETAIN : 0)
                | (expires ? EXPIRES : 0)
                | (isOtherPublisher ? OTHER_PUBLISHER : 0)
                | (isOtherOrigin ? OTHER_ORIGIN : 0)
                | (isOtherTopic ? OTHER_TOPIC : 0));
        if (isOtherPublisher) {
            out.text(publishedBy);
        }
        if (isOtherOrigin || last == null) {
            out.number(message.id().origin()).number(message.id().number()).number(message.arrivedAtMillis());
        } else {
            out.difference(message.id().number() - last.id().number());
            out.difference(message.arrivedAtMillis() - last.arrivedAtMillis());
        }
        if (expires) {
            out.number(message.expiresAtMillis());
        }
        byte[] body = message.body();
        int from = isOtherTopic ? 0 : message.propertiesOffset();
        if (isOtherTopic) {
            out.varint(message.propertiesOffset());
        }
        out.varint(message.payloadOffset() - message.propertiesOffset())
                .varint(body.length - from)
                .octets(body, from);
        publisher = publishedBy;
        before = message;
        count++;
    }

    /** How many messages were added. */
    public int count() {
        return count;
    }

    /** The length of the note so far, in bytes. */
    public int size() {
        return out.size();
    }

    /** The bytes of the note. */
    public byte[] note() {
        return out.bytes();
    }

    /** Reads the messages of a note whose kind has been read. Throws as {@link NoteReader} does. */
    static List<Publication> read(NoteReader in) {
        List<Publication> all = new ArrayList<>();
        String publisher = null;
        Message before = null;
        while (in.hasMore()) {
            int flags = in.octet();
            if ((flags & OTHER_PUBLISHER) != 0) {
                publisher = in.textOrNull();
            }
            before = message(in, flags, before);
            all.add(new Publication(before, publisher));
        }
        return all;
    }

    private static Message message(NoteReader in, int flags, @Nullable Message before) {
        if (before == null && (flags & (OTHER_ORIGIN | OTHER_TOPIC)) != (OTHER_ORIGIN | OTHER_TOPIC)) {
            throw new IllegalArgumentException("the first message is like none before it");
        }
        MessageId id;
        long arrived;
        if ((flags & OTHER_ORIGIN) != 0 || before == null) {
            id = new MessageId(in.number(), in.number());
            arrived = in.number();
        } else {
            id = new MessageId(before.id().origin(), before.id().number() + in.difference());
            arrived = before.arrivedAtMillis() + in.difference();
        }
        long expires = (flags & EXPIRES) != 0 ? in.number() : Message.NEVER;
        boolean retain = (flags & RETAIN) != 0;
        if ((flags & OTHER_TOPIC) != 0 || before == null) {
            int properties = in.varint();
            int payload = properties + in.varint();
            return new Message(id, in.octets(in.varint()), properties, payload, flags & QOS, retain, arrived, expires);
        }
        int properties = before.propertiesOffset();
        int payload = properties + in.varint();
        byte[] body = in.octetsBehind(before.body(), properties, in.varint());
        Message message = new Message(id, body, properties, payload, flags & QOS, retain, arrived, expires);
        message.shareTopic(before);
        return message;
    }
}
