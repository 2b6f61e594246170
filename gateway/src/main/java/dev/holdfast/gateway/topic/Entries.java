// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one filter by key, of which there is at least one: the entry itself where it is alone, a {@link Few}, or
 * a {@link Many}.
 *
 * <p>Reads come from any thread without a lock. Changes come under the lock of the node that owns the entries, and give
 * the entries to hold from then on.
 */
final class Entries {

    private Entries() {}

    /** The entry with this key, or null. */
    static @Nullable TrieEntry get(Object entries, Object key) {
        if (entries instanceof TrieEntry one) {
            return one.key().equals(key) ? one : null;
        }
        return entries instanceof Few few ? few.get(key) : ((Many) entries).map.get(key);
    }

    /** These entries with one more, in place of one with the same key. */
    static Object with(@Nullable Object entries, TrieEntry added) {
        if (entries == null) {
            return added;
        }
        if (entries instanceof TrieEntry one) {
            return one.key().equals(added.key()) ? added : new Few(one, added);
        }
        if (entries instanceof Few few) {
            return few.with(added);
        }
        ((Many) entries).map.put(added.key(), added);
        return entries;
    }

    /** These entries without that key; null when none is left. */
    static @Nullable Object without(Object entries, Object gone) {
        if (entries instanceof TrieEntry one) {
            return one.key().equals(gone) ? null : one;
        }
        if (entries instanceof Few few) {
            return few.without(gone);
        }
        Many many = (Many) entries;
        many.map.remove(gone);
        return many.map.isEmpty() ? null : many;
    }

    /** How many entries there are; approximate while others write. */
    static int count(Object entries) {
        if (entries instanceof TrieEntry) {
            return 1;
        }
        return entries instanceof Few few ? few.all.length : ((Many) entries).map.size();
    }

    /** Hands all entries to the visitor, which are few; answers how many that are. */
    @SuppressWarnings("unchecked") // a trie holds what it was given
    static <E extends TrieEntry> int forEachOfFew(Object entries, Consumer<? super E> visitor) {
        if (entries instanceof TrieEntry one) {
            visitor.accept((E) one);
            return 1;
        }
        TrieEntry[] few = ((Few) entries).all;
        for (TrieEntry each : few) {
            visitor.accept((E) each);
        }
        return few.length;
    }

    /**
     * Where there are many entries, those that are there throughout its use, each once, and perhaps some that come or go
     * meanwhile; null where there are few.
     */
    static @Nullable Iterator<TrieEntry> iteratorOfMany(Object entries) {
        return entries instanceof Many many ? many.map.values().iterator() : null;
    }

    /** Up to {@link #MOST} entries in an array that is copied at every change. */
    private static final class Few {

        static final int MOST = 8;

        private final TrieEntry[] all;

        Few(TrieEntry... all) {
            this.all = all;
        }

        @Nullable
        TrieEntry get(Object key) {
            int index = indexOf(key);
            return index < 0 ? null : all[index];
        }

        Object with(TrieEntry added) {
            int index = indexOf(added.key());
            if (index < 0 && all.length == MOST) {
                return new Many(all, added);
            }
            TrieEntry[] copy = Arrays.copyOf(all, index < 0 ? all.length + 1 : all.length);
            copy[index < 0 ? all.length : index] = added;
            return new Few(copy);
        }

        Object without(Object key) {
            int index = indexOf(key);
            if (index < 0) {
                return this;
            }
            if (all.length == 2) {
                return all[1 - index];
            }
            TrieEntry[] copy = Arrays.copyOf(all, all.length - 1);
            System.arraycopy(all, index + 1, copy, index, copy.length - index);
            return new Few(copy);
        }

        private int indexOf(Object key) {
            for (int i = 0; i < all.length; i++) {
                if (all[i].key().equals(key)) {
                    return i;
                }
            }
            return -1;
        }
    }

    /** More than a few, in a map that changes in place; a wide filter stays wide until its last subscriber has gone. */
    private static final class Many {

        private final ConcurrentHashMap<Object, TrieEntry> map = new ConcurrentHashMap<>(2 * Few.MOST);

        Many(TrieEntry[] few, TrieEntry added) {
            for (TrieEntry each : few) {
                map.put(each.key(), each);
            }
            map.put(added.key(), added);
        }
    }
}
