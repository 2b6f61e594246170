// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

/**
 * What stands in a {@link SubscriptionTrie} under a filter, and in one such trie at the most. Where nothing else stands
 * under the filter and nothing goes on below it, the entry hangs in the tree itself, without a node: most filters are
 * those of one device each.
 */
public abstract class TrieEntry extends TreeChild {

    /**
     * An entry that is in no trie.
     *
     * @param filter the topic filter; of a shared filter, {@link SharedFilter#filter}
     */
    protected TrieEntry(String filter) {
        super(filter, 0, Math.max(0, Levels.limit(filter)));
    }

    /** Who subscribes: there is one entry for each filter and key. Needs equals and hashCode. */
    public abstract Object key();

    /** The filter under which it stands. */
    public final String filter() {
        return text();
    }

    /** Whether the filter ends with a multi-level wildcard. */
    final boolean isDeep() {
        return labelTo() < text().length();
    }

    @Override
    final LevelNode relabeled(String newText, int newFrom, int newTo) {
        return FilterNode.of(this, newText, newFrom, newTo);
    }

    @Override
    final void retire() {
        // Its parent's lock is all that it is changed under.
    }
}
