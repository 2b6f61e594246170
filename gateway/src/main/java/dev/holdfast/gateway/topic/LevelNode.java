// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import org.jspecify.annotations.Nullable;

/**
 * One level of a name or filter in a tree, and its children. A node without siblings serves as its parent's
 * {@link Children} itself, which saves the array.
 *
 * <p>Guarded by the node's own monitor: every change of its children and of what it holds. Reads take no lock.
 */
abstract class LevelNode implements Children {

    /** What a pruned node has for children: nothing, and no way back. */
    private static final Children PRUNED = new Few();

    final String name;
    private volatile @Nullable Children children;

    LevelNode(String name) {
        this.name = name;
    }

    /** Whether the node holds nothing itself, its children aside. */
    abstract boolean isBare();

    /** The child whose level is this region of the text, or null. */
    final @Nullable LevelNode child(String text, int from, int to) {
        Children held = children;
        return held == null ? null : held.find(text, from, to);
    }

    final @Nullable Children children() {
        return children;
    }

    /** Whether the node has left the tree. Holds for good once true; false is certain under the lock only. */
    final boolean isPruned() {
        return children == PRUNED;
    }

    /** Takes in a child. The caller has the lock, has seen that the node is not pruned and that the level is new. */
    final void adopt(LevelNode child) {
        Children held = children;
        children = held == null ? child : held.with(child);
    }

    /** Takes out a child that is there. The caller has the lock. */
    void expel(LevelNode child) {
        Children held = children;
        if (held != null) {
            children = held.without(child);
        }
    }

    /** Takes the child out of the tree if it holds nothing and has no children; answers whether it did. */
    final boolean prune(LevelNode child) {
        synchronized (this) {
            synchronized (child) {
                if (child.children != null || !child.isBare()) {
                    return false;
                }
                expel(child);
                child.children = PRUNED;
                return true;
            }
        }
    }

    final boolean isNamed(String text, int from, int to) {
        int length = to - from;
        return name.length() == length && text.regionMatches(from, name, 0, length);
    }

    @Override
    public final @Nullable LevelNode find(String text, int from, int to) {
        return isNamed(text, from, to) ? this : null;
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
    public final int places() {
        return 1;
    }

    @Override
    public final LevelNode at(int place) {
        return this;
    }
}
