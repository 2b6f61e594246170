// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node of a tree: its label, what ends there, and what comes below.
 *
 * <p>Guarded by the node's own monitor: every change of its children and of what it holds. Reads take no lock. Where its
 * label has to be cut or extended, another node takes the place of this one, which is retired. It still
 * shows readers what it had; who wants to change it begins again from the root. Monitors are taken from the root
 * downwards.
 */
abstract class LevelNode extends TreeChild {

    /** What has become of a child that had nothing to hold any more. */
    private enum Tidied {
        /** It has left: its parent may have nothing to hold now. */
        GONE,
        /** It stays, or the only child it had has taken its place. */
        DONE,
        /** It is not a child any more: look for it from the root. */
        AGAIN
    }

    /** As {@link Children}. */
    private volatile @Nullable Object children;

    LevelNode(String text, int from, int to) {
        super(text, from, to);
    }

    /** Whether the node holds nothing itself, its children aside. */
    abstract boolean isBare();

    /** A node with this label that holds nothing. */
    abstract LevelNode bare(String newText, int newFrom, int newTo);

    /** The child whose label begins with this level, or null. */
    final @Nullable TreeChild child(String other, int otherFrom, int otherTo) {
        return Children.find(children, other, otherFrom, otherTo);
    }

    /** The children as {@link Children}, whether the node has left the tree or not. */
    final @Nullable Object children() {
        return Children.last(children);
    }

    /** Whether the node has left the tree. Holds for good once true; false is certain under the lock only. */
    final boolean isRetired() {
        return children instanceof Children.Retired;
    }

    /** Takes in a child. The caller has the lock, has seen that the node is not retired and that the level is new. */
    final void adopt(TreeChild child) {
        children = Children.with(children, child);
    }

    /** Takes over the children of a node that leaves; before this one is in the tree. */
    final void inherit(LevelNode leaving) {
        children = leaving.children;
    }

    /** Takes out a child that is there. The caller has the lock. */
    void expel(TreeChild child) {
        children = Children.without(Objects.requireNonNull(children), child);
    }

    /** Puts something in the place of a child whose label begins with the same level. The caller has the lock. */
    void replace(TreeChild child, TreeChild by) {
        children = Children.replaced(Objects.requireNonNull(children), child, by);
    }

    /** Whether something is a child of this node. The caller has the lock. */
    boolean has(TreeChild child) {
        int from = child.labelFrom();
        return child(child.text(), from, Levels.end(child.text(), from, child.labelTo())) == child;
    }

    /** Whether there is no child. The caller has the lock. */
    boolean isLeaf() {
        return children == null;
    }

    /** The child if there is exactly one; null otherwise. The caller has the lock. */
    @Nullable
    TreeChild onlyChild() {
        return children instanceof TreeChild only ? only : null;
    }

    @Override
    final void retire() {
        children = new Children.Retired(children);
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
                String common = child.text().substring(child.labelFrom(), at);
                LevelNode fork = bare(common, 0, common.length());
                fork.take(child.relabeled(child.text(), at + 1, child.labelTo()));
                replace(child, fork);
                child.retire();
            }
        }
    }

    /** Takes in the first child of all; before this one is in the tree. */
    void take(TreeChild child) {
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
                TreeChild only = child.onlyChild();
                if (only != null) {
                    synchronized (only) {
                        parent.replace(child, only.joinedTo(child));
                        child.retire();
                        only.retire();
                    }
                }
                return Tidied.DONE;
            }
        }
    }
}
