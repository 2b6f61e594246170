// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The values of one filter by key: {@link One}, {@link Few} or {@link Many}.
 *
 * <p>Reads come from any thread without a lock. Changes come under the lock of the node that owns the entries, and give
 * the entries to hold from then on.
 */
sealed interface Entries<K, V> {

    @Nullable
    V get(K key);

    Entries<K, V> with(K key, V value);

    /** These entries without that key; null when none is left. */
    @Nullable
    Entries<K, V> without(K key);

    void forEach(Consumer<? super V> visitor);

    /** The usual case: a filter with one subscriber. */
    record One<K, V>(K key, V value) implements Entries<K, V> {

        @Override
        public @Nullable V get(K wanted) {
            return key.equals(wanted) ? value : null;
        }

        @Override
        public Entries<K, V> with(K otherKey, V otherValue) {
            One<K, V> other = new One<>(otherKey, otherValue);
            return key.equals(otherKey) ? other : Few.of(this, other);
        }

        @Override
        public @Nullable Entries<K, V> without(K gone) {
            return key.equals(gone) ? null : this;
        }

        @Override
        public void forEach(Consumer<? super V> visitor) {
            visitor.accept(value);
        }
    }

    /** Up to {@link #MOST} entries in an array that is copied at every change. */
    final class Few<K, V> implements Entries<K, V> {

        static final int MOST = 8;

        private final One<K, V>[] entries;

        private Few(One<K, V>[] entries) {
            this.entries = entries;
        }

        @SuppressWarnings({"unchecked", "rawtypes"}) // Java makes no array of a generic type
        static <K, V> Few<K, V> of(One<K, V> first, One<K, V> second) {
            return new Few<K, V>(new One[] {first, second});
        }

        @Override
        public @Nullable V get(K key) {
            int index = indexOf(key);
            return index < 0 ? null : entries[index].value();
        }

        @Override
        public Entries<K, V> with(K key, V value) {
            int index = indexOf(key);
            if (index < 0 && entries.length == MOST) {
                Many<K, V> many = new Many<>(entries);
                return many.with(key, value);
            }
            One<K, V>[] copy = Arrays.copyOf(entries, index < 0 ? entries.length + 1 : entries.length);
            copy[index < 0 ? entries.length : index] = new One<>(key, value);
            return new Few<>(copy);
        }

        @Override
        public Entries<K, V> without(K key) {
            int index = indexOf(key);
            if (index < 0) {
                return this;
            }
            if (entries.length == 2) {
                return entries[1 - index];
            }
            One<K, V>[] copy = Arrays.copyOf(entries, entries.length - 1);
            System.arraycopy(entries, index + 1, copy, index, copy.length - index);
            return new Few<>(copy);
        }

        @Override
        public void forEach(Consumer<? super V> visitor) {
            for (One<K, V> entry : entries) {
                visitor.accept(entry.value());
            }
        }

        private int indexOf(K key) {
            for (int i = 0; i < entries.length; i++) {
                if (entries[i].key().equals(key)) {
                    return i;
                }
            }
            return -1;
        }
    }

    /** More than a few, in a map that changes in place; a wide filter stays wide until its last subscriber has gone. */
    final class Many<K, V> implements Entries<K, V> {

        private final ConcurrentHashMap<K, V> map = new ConcurrentHashMap<>(2 * Few.MOST);

        Many(One<K, V>[] entries) {
            for (One<K, V> entry : entries) {
                map.put(entry.key(), entry.value());
            }
        }

        @Override
        public @Nullable V get(K key) {
            return map.get(key);
        }

        @Override
        public Entries<K, V> with(K key, V value) {
            map.put(key, value);
            return this;
        }

        @Override
        public @Nullable Entries<K, V> without(K key) {
            map.remove(key);
            return map.isEmpty() ? null : this;
        }

        @Override
        public void forEach(Consumer<? super V> visitor) {
            map.values().forEach(visitor);
        }
    }
}
