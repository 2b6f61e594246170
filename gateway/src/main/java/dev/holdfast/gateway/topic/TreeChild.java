// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

/**
 * What hangs below a node of a tree: one or more levels of a name or filter, its label. Levels that nothing branches off
 * from share one label, so that a deep name costs no more than a flat one.
 *
 * <p>The label never changes while it is in a tree: where it has to be cut or extended, a node takes its place.
 */
abstract class TreeChild {
    /** A text of which the label is a region: 65,535 characters at the most. */
    private final String text;

    private char from;
    private final char to;

    TreeChild(String text, int from, int to) {
        this.text = text;
        this.from = (char) from;
        this.to = (char) to;
    }

    /** A node with this label that holds what this one does, its children included. */
    abstract LevelNode relabeled(String newText, int newFrom, int newTo);

    /** Marks what has left the tree, so that nobody changes it any more. The caller has the lock of its parent. */
    abstract void retire();

    /** Has the label begin here. Before it is in a tree. */
    final void beginAt(int place) {
        from = (char) place;
    }

    final String text() {
        return text;
    }

    final int labelFrom() {
        return from;
    }

    final int labelTo() {
        return to;
    }

    /** Whether the label begins with the level that is this region of a text. */
    final boolean isNamed(String other, int otherFrom, int otherTo) {
        int end = from + otherTo - otherFrom;
        return end <= to
                && (end == to || text.charAt(end) == '/')
                && text.regionMatches(from, other, otherFrom, otherTo - otherFrom);
    }

    /** Whether the first level begins with {@code $}. */
    final boolean isDollar() {
        return from < to && text.charAt(from) == '$';
    }

    /** The hash of the first level. */
    final int hash() {
        return ManyChildren.hash(text, from, Levels.end(text, from, to));
    }

    /**
     * Where a text goes on behind the levels of this label: after its limit when it ends with them.
     *
     * @return -1 if it has other levels, or not so many
     */
    final int behind(String other, int otherFrom, int limit) {
        int length = to - from;
        int end = otherFrom + length;
        boolean isSame = end <= limit
                && (end == limit || other.charAt(end) == '/')
                && other.regionMatches(otherFrom, text, from, length);
        return isSame ? end + 1 : -1;
    }

    /**
     * Where a topic name goes on behind the levels of this label, wildcards included: after its limit when it ends there.
     *
     * @param firstTo where the first level ends in this label
     * @param topicTo where the level of the topic name ends that it matches
     * @return -1 if the rest of the label does not match
     */
    final int behindName(int firstTo, String topic, int topicTo, int limit) {
        int length = to - firstTo;
        if (length == 0) {
            return topicTo + 1;
        }
        int same = topicTo + length;
        if (same <= limit
                && (same == limit || topic.charAt(same) == '/')
                && topic.regionMatches(topicTo, text, firstTo, length)) {
            return same + 1;
        }
        int at = firstTo + 1;
        int topicAt = topicTo + 1;
        while (topicAt <= limit) {
            int end = Levels.end(text, at, to);
            int topicEnd = Levels.end(topic, topicAt, limit);
            boolean isMatch = Levels.is('+', text, at, end)
                    || (end - at == topicEnd - topicAt && text.regionMatches(at, topic, topicAt, end - at));
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

    /** Where in this label the levels end that it has in common with a text; the first one is, the last one is not. */
    final int commonTo(String other, int otherFrom, int limit) {
        int common = from;
        int at = from;
        int otherAt = otherFrom;
        while (otherAt <= limit && at <= to) {
            int end = Levels.end(text, at, to);
            int otherEnd = Levels.end(other, otherAt, limit);
            if (end - at != otherEnd - otherAt || !text.regionMatches(at, other, otherAt, end - at)) {
                return common;
            }
            common = end;
            at = end + 1;
            otherAt = otherEnd + 1;
        }
        return common;
    }

    /** A node that holds what this one does, with the label of its parent before its own. */
    final LevelNode joinedTo(LevelNode parent) {
        TreeChild above = parent;
        int length = above.to - above.from;
        int start = from - 1 - length;
        if (start >= 0 && text.charAt(from - 1) == '/' && text.regionMatches(start, above.text, above.from, length)) {
            return relabeled(text, start, to);
        }
        String joined = above.text.substring(above.from, above.to) + '/' + text.substring(from, to);
        return relabeled(joined, 0, joined.length());
    }
}
