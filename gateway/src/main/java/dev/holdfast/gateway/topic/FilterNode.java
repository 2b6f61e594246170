// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import org.jspecify.annotations.Nullable;

/**
 * A level of topic filters: the entries of the filter that ends here, those of the filter that goes on with {@code #}
 * and ends, and the children, {@code +} apart from the others. 32 bytes with compressed references.
 */
final class FilterNode<K, V> extends LevelNode {

    private volatile @Nullable Entries<K, V> exact;
    private volatile @Nullable Entries<K, V> deep;
    private volatile @Nullable FilterNode<K, V> plus;

    FilterNode(String name) {
        super(name);
    }

    @Nullable
    Entries<K, V> exact() {
        return exact;
    }

    @Nullable
    Entries<K, V> deep() {
        return deep;
    }

    @Nullable
    FilterNode<K, V> plus() {
        return plus;
    }

    @Nullable
    Entries<K, V> entries(boolean isDeep) {
        return isDeep ? deep : exact;
    }

    /** Sets the entries. The caller has the lock. */
    void entries(boolean isDeep, @Nullable Entries<K, V> entries) {
        if (isDeep) {
            deep = entries;
        } else {
            exact = entries;
        }
    }

    /** The child for a level of a topic name. */
    @SuppressWarnings("unchecked") // the children of a FilterNode<K, V> are made by its step() and nowhere else
    @Nullable
    FilterNode<K, V> literal(String text, int from, int to) {
        return (FilterNode<K, V>) child(text, from, to);
    }

    /** The child for a level of a filter, {@code +} meaning the wildcard. */
    @Nullable
    FilterNode<K, V> next(String filter, int from, int to) {
        return Levels.is('+', filter, from, to) ? plus : literal(filter, from, to);
    }

    /** As {@link #next}, made if there is none; null if this node has been pruned. */
    @Nullable
    FilterNode<K, V> step(String filter, int from, int to) {
        FilterNode<K, V> next = next(filter, from, to);
        if (next != null) {
            return next;
        }
        synchronized (this) {
            if (isPruned()) {
                return null;
            }
            next = next(filter, from, to);
            if (next == null) {
                next = new FilterNode<>(filter.substring(from, to));
                if (Levels.is('+', filter, from, to)) {
                    plus = next;
                } else {
                    adopt(next);
                }
            }
            return next;
        }
    }

    @Override
    void expel(LevelNode child) {
        if (child == plus) {
            plus = null;
        } else {
            super.expel(child);
        }
    }

    @Override
    boolean isBare() {
        return exact == null && deep == null && plus == null;
    }
}
