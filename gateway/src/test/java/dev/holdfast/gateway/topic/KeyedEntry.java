// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import org.jspecify.annotations.Nullable;

/**
 * An entry for tests and benchmarks.
 *
 * @param <V> what it carries
 */
final class KeyedEntry<V> extends TrieEntry {
    private final Object key;
    private final V value;

    KeyedEntry(String filter, Object key, V value) {
        super(filter);
        this.key = key;
        this.value = value;
    }

    @Override
    public Object key() {
        return key;
    }

    V value() {
        return value;
    }

    static <V> @Nullable V valueOf(@Nullable KeyedEntry<V> entry) {
        return entry == null ? null : entry.value();
    }
}
