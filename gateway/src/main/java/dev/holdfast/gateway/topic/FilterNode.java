// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import org.jspecify.annotations.Nullable;

/**
 * Levels of topic filters: the entries of the filter that ends here, those of the filter that goes on with {@code #}
 * and ends, and the children, those that begin with {@code +} apart from the others. 32 bytes with compressed references.
 */
final class FilterNode<E extends TrieEntry> extends LevelNode {

    /** The entries of the filter that ends here as {@link Entries}, or a {@link WithDeep}. */
    private volatile @Nullable Object held;

    private volatile @Nullable FilterNode<E> plus;

    /** What a node holds where a filter goes on with {@code #}. */
    private record WithDeep(@Nullable Object exact, Object deep) {}

    FilterNode(String text, int from, int to) {
        super(text, from, to);
    }

    /** Those of the filter that ends here, as {@link Entries}. */
    @Nullable
    Object exact() {
        Object all = held;
        return all instanceof WithDeep both ? both.exact : all;
    }

    /** Those of the filter that goes on with {@code #}, as {@link Entries}. */
    @Nullable
    Object deep() {
        return held instanceof WithDeep both ? both.deep : null;
    }

    @Nullable
    Object entries(boolean isDeep) {
        return isDeep ? deep() : exact();
    }

    /** Sets the entries. The caller has the lock, or the node is not in the tree yet. */
    void entries(boolean isDeep, @Nullable Object entries) {
        Object exact = isDeep ? exact() : entries;
        Object deep = isDeep ? entries : deep();
        held = deep == null ? exact : new WithDeep(exact, deep);
    }

    @Nullable
    FilterNode<E> plus() {
        return plus;
    }

    /** The child for a level of a topic name. */
    @SuppressWarnings("unchecked") // the children of a FilterNode<E> are FilterNode<E>
    @Nullable
    FilterNode<E> literal(String text, int from, int to) {
        return (FilterNode<E>) child(text, from, to);
    }

    /** The child for a level of a filter, {@code +} meaning the wildcard. */
    @Nullable
    FilterNode<E> next(String filter, int from, int to) {
        return Levels.is('+', filter, from, to) ? plus : literal(filter, from, to);
    }

    /**
     * Takes in a child that the levels of a filter lead to from here on.
     *
     * @return false if the node has been retired, or there is one that begins with the same level
     */
    boolean branch(FilterNode<E> child) {
        String label = child.text();
        int from = child.labelFrom();
        int to = Levels.end(label, from, child.labelTo());
        synchronized (this) {
            if (isRetired() || next(label, from, to) != null) {
                return false;
            }
            take(child);
            return true;
        }
    }

    /**
     * Where a topic name goes on behind the levels of this label, wildcards included: after its limit when it ends there.
     *
     * @param firstTo where the first level ends in this label
     * @param topicTo where the level of the topic name ends that it matches
     * @return -1 if the rest of the label does not match
     */
    int behindName(int firstTo, String topic, int topicTo, int limit) {
        String label = text();
        int to = labelTo();
        int length = to - firstTo;
        if (length == 0) {
            return topicTo + 1;
        }
        int same = topicTo + length;
        if (same <= limit
                && (same == limit || topic.charAt(same) == '/')
                && topic.regionMatches(topicTo, label, firstTo, length)) {
            return same + 1;
        }
        int at = firstTo + 1;
        int topicAt = topicTo + 1;
        while (topicAt <= limit) {
            int end = Levels.end(label, at, to);
            int topicEnd = Levels.end(topic, topicAt, limit);
            boolean isMatch = Levels.is('+', label, at, end)
                    || (end - at == topicEnd - topicAt && label.regionMatches(at, topic, topicAt, end - at));
            if (!isMatch) {
                return -1;
            }
            topicAt = topicEnd + 1;
            if (end == to) {
                return topicAt;
            }
            at = end + 1;
        }
        return -1;
    }

    private boolean isPlus(LevelNode child) {
        int from = child.labelFrom();
        return Levels.is('+', child.text(), from, Levels.end(child.text(), from, child.labelTo()));
    }

    @Override
    @SuppressWarnings("unchecked") // the children of a FilterNode<E> are FilterNode<E>
    void take(LevelNode child) {
        if (isPlus(child)) {
            plus = (FilterNode<E>) child;
        } else {
            adopt(child);
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
    @SuppressWarnings("unchecked") // the children of a FilterNode<E> are FilterNode<E>
    void replace(LevelNode child, LevelNode by) {
        if (child == plus) {
            plus = (FilterNode<E>) by;
        } else {
            super.replace(child, by);
        }
    }

    @Override
    boolean has(LevelNode child) {
        return child == plus || super.has(child);
    }

    @Override
    boolean isLeaf() {
        return plus == null && super.isLeaf();
    }

    @Override
    @Nullable
    LevelNode onlyChild() {
        FilterNode<E> wild = plus;
        if (wild == null) {
            return super.onlyChild();
        }
        return super.isLeaf() ? wild : null;
    }

    @Override
    boolean isBare() {
        return held == null;
    }

    @Override
    FilterNode<E> relabeled(String newText, int newFrom, int newTo) {
        FilterNode<E> copy = bare(newText, newFrom, newTo);
        copy.held = held;
        copy.plus = plus;
        return copy;
    }

    @Override
    FilterNode<E> bare(String newText, int newFrom, int newTo) {
        return new FilterNode<>(newText, newFrom, newTo);
    }
}
