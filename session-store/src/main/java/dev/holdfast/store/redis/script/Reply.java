// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A script's answer, read from front to back. The first item is its status. One thread. */
public final class Reply {
    public static final int LATE = -9;
    public static final int OVERTAKEN = -4;
    public static final int NOT_COUNTED = -3;
    public static final int NOT_OWNER = -2;
    public static final int STALE = -1;

    private final List<?> items;
    private int next;

    public Reply(List<?> items) {
        this.items = items;
    }

    public boolean hasNext() {
        return next < items.size();
    }

    /** The status, without stepping over it. */
    public int peekStatus() {
        return items.get(0) instanceof Long value ? value.intValue() : 0;
    }

    public int status() {
        return (int) number();
    }

    public long number() {
        Object item = items.get(next++);
        return item instanceof Long value ? value : Long.parseLong(text(item));
    }

    public String text() {
        return text(items.get(next++));
    }

    public byte[] bytes() {
        return (byte[]) items.get(next++);
    }

    public int remaining() {
        return items.size() - next;
    }

    private static String text(Object item) {
        return item instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : item.toString();
    }
}
