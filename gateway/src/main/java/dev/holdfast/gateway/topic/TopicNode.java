// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import org.jspecify.annotations.Nullable;

/** Levels of topic names, with the whole name if one ends here. 32 bytes with compressed references. */
final class TopicNode extends LevelNode {

    private volatile @Nullable String topic;

    TopicNode(String text, int from, int to) {
        super(text, from, to);
    }

    @Nullable
    String topic() {
        return topic;
    }

    /** Sets the name that ends here. The caller has the lock, or the node is not in the tree yet. */
    void topic(@Nullable String ending) {
        topic = ending;
    }

    @Nullable
    TopicNode next(String text, int from, int to) {
        return (TopicNode) child(text, from, to);
    }

    /**
     * Takes in a child that the levels of a name lead to from here on.
     *
     * @return false if the node has been retired, or there is one that begins with the same level
     */
    boolean branch(TopicNode child) {
        String label = child.text();
        int from = child.labelFrom();
        int to = Levels.end(label, from, child.labelTo());
        synchronized (this) {
            if (isRetired() || next(label, from, to) != null) {
                return false;
            }
            adopt(child);
            return true;
        }
    }

    /**
     * Where a filter goes on behind the levels of this label: after its limit when it matches all that begins with them.
     *
     * @return -1 if it does not match what begins with them
     */
    int behindFilter(String filter, int filterFrom, int limit, boolean isDeep) {
        String label = text();
        int to = labelTo();
        int at = labelFrom();
        int filterAt = filterFrom;
        while (filterAt <= limit) {
            int end = Levels.end(label, at, to);
            int filterEnd = Levels.end(filter, filterAt, limit);
            boolean isSame = Levels.is('+', filter, filterAt, filterEnd)
                    || (end - at == filterEnd - filterAt && label.regionMatches(at, filter, filterAt, end - at));
            if (!isSame) {
                return -1;
            }
            filterAt = filterEnd + 1;
            if (end == to) {
                return filterAt;
            }
            at = end + 1;
        }
        return isDeep ? filterAt : -1; // the name is longer than what stands before the wildcard
    }

    @Override
    boolean isBare() {
        return topic == null;
    }

    @Override
    TopicNode relabeled(String newText, int newFrom, int newTo) {
        TopicNode copy = bare(newText, newFrom, newTo);
        copy.topic = topic;
        copy.inherit(this);
        return copy;
    }

    @Override
    TopicNode bare(String newText, int newFrom, int newTo) {
        return new TopicNode(newText, newFrom, newTo);
    }
}
