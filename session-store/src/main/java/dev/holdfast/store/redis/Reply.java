// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A script's answer, read from front to back. The first item is its status. One thread. */
final class Reply {
    static final int LATE = -9;
    static final int OVERTAKEN = -4;
    static final int NOT_COUNTED = -3;
    static final int NOT_OWNER = -2;
    static final int STALE = -1;

    private final List<?> items;
    private int next;

    Reply(List<?> items) {
        this.items = items;
    }

    boolean hasNext() {
        return next < items.size();
    }

    /** The status, without stepping over it. */
    int peekStatus() {
        return items.get(0) instanceof Long value ? value.intValue() : 0;
    }

    int status() {
        return (int) number();
    }

    long number() {
        Object item = items.get(next++);
        return item instanceof Long value ? value : Long.parseLong(text(item));
    }

    String text() {
        return text(items.get(next++));
    }

    byte[] bytes() {
        return (byte[]) items.get(next++);
    }

    int remaining() {
        return items.size() - next;
    }

    private static String text(Object item) {
        return item instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : item.toString();
    }
}
