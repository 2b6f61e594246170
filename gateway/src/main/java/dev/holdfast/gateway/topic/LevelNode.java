// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One or more levels of a name or filter in a tree, its label, and what comes below them. Levels that nothing branches
 * off from share one node, so that a deep name costs no more nodes than a flat one. A node without siblings serves as its
 * parent's {@link Children} itself, which saves the array.
 *
 * <p>Guarded by the node's own monitor: every change of its children and of what it holds. Reads take no lock. The label
 * never changes: where it has to be cut or extended, another node takes the place of this one, which is retired. It still
 * shows readers what it had; who wants to change it begins again from the root. Monitors are taken from the root
 * downwards.
 */
abstract class LevelNode implements Children {

    /** What has become of a child that had nothing to hold any more. */
    private enum Tidied {
        /** It has left: its parent may have nothing to hold now. */
        GONE,
        /** It stays, or the only child it had has taken its place. */
        DONE,
        /** It is not a child any more: look for it from the root. */
        AGAIN
    }

    /** A text of which the label is a region: 65,535 characters at the most. */
    private final String text;

    private final char from;
    private final char to;
    private volatile @Nullable Children children;

    LevelNode(String text, int from, int to) {
        this.text = text;
        this.from = (char) from;
        this.to = (char) to;
    }

    /** Whether the node holds nothing itself, its children aside. */
    abstract boolean isBare();

    /** A node with this label that holds what this one does; the children are added by the caller. */
    abstract LevelNode relabeled(String newText, int newFrom, int newTo);

    /** A node with this label that holds nothing. */
    abstract LevelNode bare(String newText, int newFrom, int newTo);

    // ---- the label

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

    final String text() {
        return text;
    }

    final int labelFrom() {
        return from;
    }

    final int labelTo() {
        return to;
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

    /** Where in this label the levels end that it has in common with a text; the first one is, the last one is not. */
    private int commonTo(String other, int otherFrom, int limit) {
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

    // ---- the children

    /** The child whose label begins with this level, or null. */
    final @Nullable LevelNode child(String other, int otherFrom, int otherTo) {
        Children held = children;
        return held == null ? null : held.find(other, otherFrom, otherTo);
    }

    final @Nullable Children children() {
        return children;
    }

    /** Whether the node has left the tree. Holds for good once true; false is certain under the lock only. */
    final boolean isRetired() {
        return children instanceof Retired;
    }

    /** Takes in a child. The caller has the lock, has seen that the node is not retired and that the level is new. */
    final void adopt(LevelNode child) {
        Children held = children;
        children = held == null ? child : held.with(child);
    }

    /** Takes over the children of a node that leaves; before this one is in the tree. */
    final void inherit(LevelNode leaving) {
        children = leaving.children;
    }

    /** Takes out a child that is there. The caller has the lock. */
    void expel(LevelNode child) {
        Children held = children;
        if (held != null) {
            children = held.without(child);
        }
    }

    /** Puts a node in the place of a child whose label begins with the same level. The caller has the lock. */
    void replace(LevelNode child, LevelNode by) {
        Children held = children;
        if (held != null) {
            children = held.replaced(child, by);
        }
    }

    /** Whether a node is a child of this one. The caller has the lock. */
    boolean has(LevelNode child) {
        return child(child.text, child.from, Levels.end(child.text, child.from, child.to)) == child;
    }

    /** Whether there is no child. The caller has the lock. */
    boolean isLeaf() {
        return children == null;
    }

    /** The child if there is exactly one; null otherwise. The caller has the lock. */
    @Nullable
    LevelNode onlyChild() {
        return children instanceof LevelNode only ? only : null;
    }

    private void retire() {
        children = new Retired(children);
    }

    /**
     * Cuts the label of a child behind the levels that it has in common with a text, so that something can branch off
     * there. Does nothing if it is not a child any more.
     */
    final void fork(LevelNode child, String other, int otherFrom, int limit) {
        synchronized (this) {
            if (isRetired() || !has(child)) {
                return;
            }
            synchronized (child) {
                int at = child.commonTo(other, otherFrom, limit);
                String common = child.text.substring(child.from, at);
                LevelNode fork = bare(common, 0, common.length());
                LevelNode rest = child.relabeled(child.text, at + 1, child.to);
                rest.inherit(child);
                fork.take(rest);
                replace(child, fork);
                child.retire();
            }
        }
    }

    /** Takes in the first child of all; before this one is in the tree. */
    void take(LevelNode child) {
        adopt(child);
    }

    /**
     * Takes out the nodes at the end of a path from the root that hold nothing and where nothing branches off.
     *
     * @return false if the tree has changed meanwhile: to be repeated with the path as it is now
     */
    static boolean tidy(List<? extends LevelNode> path) {
        Tidied tidied = Tidied.GONE;
        for (int i = path.size() - 1; i > 0 && tidied == Tidied.GONE; i--) {
            tidied = tidy(path.get(i - 1), path.get(i));
        }
        return tidied != Tidied.AGAIN;
    }

    /** Takes a child out if it holds nothing and has no children, or puts the only child that it has in its place. */
    private static Tidied tidy(LevelNode parent, LevelNode child) {
        synchronized (parent) {
            if (parent.isRetired() || !parent.has(child)) {
                return Tidied.AGAIN;
            }
            synchronized (child) {
                if (!child.isBare()) {
                    return Tidied.DONE;
                }
                if (child.isLeaf()) {
                    parent.expel(child);
                    child.retire();
                    return Tidied.GONE;
                }
                LevelNode only = child.onlyChild();
                if (only != null) {
                    synchronized (only) {
                        LevelNode joined = only.joinedTo(child);
                        joined.inherit(only);
                        parent.replace(child, joined);
                        child.retire();
                        only.retire();
                    }
                }
                return Tidied.DONE;
            }
        }
    }

    /** This node with the label of its parent before its own. */
    private LevelNode joinedTo(LevelNode parent) {
        int length = parent.to - parent.from;
        int start = from - 1 - length;
        if (start >= 0 && text.charAt(from - 1) == '/' && text.regionMatches(start, parent.text, parent.from, length)) {
            return relabeled(text, start, to);
        }
        String joined = parent.text.substring(parent.from, parent.to) + '/' + text.substring(from, to);
        return relabeled(joined, 0, joined.length());
    }

    // ---- as the only child of its parent

    @Override
    public final @Nullable LevelNode find(String other, int otherFrom, int otherTo) {
        return isNamed(other, otherFrom, otherTo) ? this : null;
    }

    @Override
    public final Children with(LevelNode child) {
        return new Few(this, child);
    }

    @Override
    public final @Nullable Children without(LevelNode child) {
        return null;
    }

    @Override
    public final Children replaced(LevelNode child, LevelNode by) {
        return by;
    }

    @Override
    public final int places() {
        return 1;
    }

    @Override
    public final LevelNode at(int place) {
        return this;
    }

    /** The children that a node had when it left the tree, for those who read in it. */
    private static final class Retired implements Children {
        private final @Nullable Children last;

        Retired(@Nullable Children last) {
            this.last = last;
        }

        @Override
        public @Nullable LevelNode find(String text, int from, int to) {
            return last == null ? null : last.find(text, from, to);
        }

        @Override
        public Children with(LevelNode child) {
            throw new IllegalStateException("the node has left the tree");
        }

        @Override
        public Children without(LevelNode child) {
            throw new IllegalStateException("the node has left the tree");
        }

        @Override
        public Children replaced(LevelNode child, LevelNode by) {
            throw new IllegalStateException("the node has left the tree");
        }

        @Override
        public int places() {
            return last == null ? 0 : last.places();
        }

        @Override
        public @Nullable LevelNode at(int place) {
            return last == null ? null : last.at(place);
        }
    }
}
