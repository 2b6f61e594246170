// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The answer of a script, read from front to back. The first item is the status. One thread. */
public final class Reply {
    /** Status of any script: the call has arrived before or after the time in which it may be executed. */
    public static final int LATE = -9;
    /** Status of an attach: a later attach is connected already. */
    public static final int OVERTAKEN = -4;
    /** Status of an attach: it would make a persistent session, which has to be counted first. */
    public static final int NOT_COUNTED = -3;
    /** Status of an attach: the session belongs to another principal. */
    public static final int NOT_OWNER = -2;
    /** Status of a fenced call: another attach has taken the session, or the session has ended. */
    public static final int STALE = -1;

    /** Status of an enqueue call: there is no such session. */
    public static final int NO_SESSION = 0;
    /** Status of a call on a log: there is no such log. */
    public static final int NO_LOG = 0;
    /** Status of one message of an enqueue call: it stands in the queue. */
    public static final int STORED = 1;
    /** Status of one message of an enqueue call: it gave way, since the queue is full. */
    public static final int DROPPED = 2;
    /** Status of one message of an enqueue call: it had been stored before. */
    public static final int REPEATED = 3;
    /** Status of an enqueue call: no gateway owns the session, and the messages are for an owned one only. */
    public static final int AWAY = 4;

    /** Status of an enqueue call: all its messages stand in the queue, at one seq after the other, and none gave way. */
    public static final int ALL_STORED = 5;

    /** How a session has ended that was clean. */
    public static final int ENDED_CLEAN = 1;
    /** How a session has ended that was persistent, or was to be. */
    public static final int ENDED_KEPT = 2;

    /** Why an attach has ended an older session: it had expired. */
    public static final String EXPIRED = "x";
    /** Why an attach has ended an older session: the client has begun a new one. */
    public static final String DISCARDED = "d";

    /** What a renewal has found: the gateway is taken for dead. */
    public static final int BURIED = 0;
    /** What a renewal has found: the lease runs on. */
    public static final int RENEWED = 1;
    /** What a renewal has found: Redis has lost the lease. */
    public static final int FORGOTTEN = 2;

    private final List<?> items;
    private int next;

    /** An answer as Redisson gives it: numbers and byte arrays. */
    public Reply(List<?> items) {
        this.items = items;
    }

    /** Whether an item is left. */
    public boolean hasNext() {
        return next < items.size();
    }

    /** The status; it is not read by that. */
    public int peekStatus() {
        return items.get(0) instanceof Long value ? value.intValue() : 0;
    }

    /** Reads the status. */
    public int status() {
        return (int) number();
    }

    /** Reads a number. */
    public long number() {
        Object item = items.get(next++);
        return item instanceof Long value ? value : Long.parseLong(text(item));
    }

    /** Reads a text in UTF-8. */
    public String text() {
        return text(items.get(next++));
    }

    /** Reads one item with texts in UTF-8, each behind its length in 2 bytes. */
    public List<String> packedTexts() {
        byte[] packed = bytes();
        List<String> texts = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(packed);
        while (rest.hasRemaining()) {
            int length = rest.getShort() & 0xFFFF;
            texts.add(new String(packed, rest.position(), length, StandardCharsets.UTF_8));
            rest.position(rest.position() + length);
        }
        return texts;
    }

    /** Reads bytes. */
    public byte[] bytes() {
        return (byte[]) items.get(next++);
    }

    /** How many items are left. */
    public int remaining() {
        return items.size() - next;
    }

    private static String text(Object item) {
        return item instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : item.toString();
    }
}
