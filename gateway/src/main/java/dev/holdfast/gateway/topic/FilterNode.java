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

    /** A node that holds an entry in the place of this one. */
    static FilterNode<TrieEntry> of(TrieEntry entry, String text, int from, int to) {
        FilterNode<TrieEntry> node = new FilterNode<>(text, from, to);
        node.entries(entry.isDeep(), entry);
        return node;
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

    /** The child for a level of a filter, {@code +} meaning the wildcard: a {@code FilterNode<E>}, or an entry. */
    @Nullable
    TreeChild next(String filter, int from, int to) {
        return Levels.is('+', filter, from, to) ? plus : child(filter, from, to);
    }

    /**
     * Takes in an entry, to which the levels of its filter lead from here on: by itself, or with a node where they begin with
     * {@code +}.
     *
     * @return false if the node has been retired, or there is something that begins with the same level
     */
    boolean branch(TrieEntry entry, int from) {
        String filter = entry.filter();
        int limit = entry.labelTo();
        int to = Levels.end(filter, from, limit);
        synchronized (this) {
            if (isRetired() || next(filter, from, to) != null) {
                return false;
            }
            if (Levels.is('+', filter, from, to)) {
                take(of(entry, filter, from, limit));
            } else {
                entry.beginAt(from);
                adopt(entry);
            }
            return true;
        }
    }

    /** Puts an entry in the place of a child that is one with the same filter; says whether that is still there. */
    boolean swap(TrieEntry known, TrieEntry by) {
        synchronized (this) {
            if (isRetired() || !has(known)) {
                return false;
            }
            by.beginAt(known.labelFrom());
            replace(known, by);
            return true;
        }
    }

    /** Takes out a child that is an entry; says whether it was still there. */
    boolean shed(TrieEntry known) {
        synchronized (this) {
            if (isRetired() || !has(known)) {
                return false;
            }
            expel(known);
            return true;
        }
    }

    /** Puts a node in the place of a child that is an entry, if it still is: something is to branch off or come beside it. */
    void grow(TrieEntry known) {
        synchronized (this) {
            if (!isRetired() && has(known)) {
                replace(known, known.relabeled(known.text(), known.labelFrom(), known.labelTo()));
            }
        }
    }

    private boolean isPlus(TreeChild child) {
        int from = child.labelFrom();
        return Levels.is('+', child.text(), from, Levels.end(child.text(), from, child.labelTo()));
    }

    @Override
    @SuppressWarnings("unchecked") // what begins with + is a FilterNode<E>
    void take(TreeChild child) {
        if (isPlus(child)) {
            plus = (FilterNode<E>) child;
        } else {
            adopt(child);
        }
    }

    @Override
    void expel(TreeChild child) {
        if (child == plus) {
            plus = null;
        } else {
            super.expel(child);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // what begins with + is a FilterNode<E>
    void replace(TreeChild child, TreeChild by) {
        if (child == plus) {
            plus = (FilterNode<E>) by;
        } else {
            super.replace(child, by);
        }
    }

    @Override
    boolean has(TreeChild child) {
        return child == plus || super.has(child);
    }

    @Override
    boolean isLeaf() {
        return plus == null && super.isLeaf();
    }

    @Override
    @Nullable
    TreeChild onlyChild() {
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
        copy.inherit(this);
        return copy;
    }

    @Override
    FilterNode<E> bare(String newText, int newFrom, int newTo) {
        return new FilterNode<>(newText, newFrom, newTo);
    }
}
