// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of a {@link SubscriptionTrie} that match one topic name, found some at a time: between two calls of
 * {@link #advance} any time may pass and the trie may change. A subscription that is there from the first to the last of
 * them is found exactly once; one that comes or goes meanwhile is found or not.
 *
 * <p>One thread at a time.
 *
 * @param <E> what the visitor is handed
 */
public final class SubscriptionSearch<E extends TrieEntry> {
    private final FilterNode<E> root;
    private final String topic;
    private final boolean isDollar;

    /** The next node to be looked at; null when that is the next branch. */
    private @Nullable FilterNode<E> node;

    private int from;
    private @Nullable Branch<E> waiting;
    /** What is left of filters with many subscribers; of one node at a time, so two at the most. */
    private @Nullable Crowd crowd;

    SubscriptionSearch(FilterNode<E> root, String topic) {
        this.root = root;
        this.topic = topic;
        this.isDollar = Levels.isDollar(topic);
        this.node = root;
    }

    /** Whether all has been looked at. */
    public boolean isDone() {
        return node == null && waiting == null && crowd == null;
    }

    /**
     * Hands further matching entries to the visitor, once per filter and key, in no order, until so many steps have been taken
     * or all has been looked at. The visitor runs on the calling thread and may change the trie.
     *
     * @param mostSteps looks at one node or at one subscriber; each takes some 10 to 60 ns
     * @return the steps that were taken, a few more than allowed at the most
     */
    public int advance(int mostSteps, Consumer<? super E> visitor) {
        int steps = 0;
        while (steps < mostSteps) {
            if (crowd != null) {
                steps += visit(crowd, mostSteps - steps, visitor);
                continue;
            }
            FilterNode<E> here = node;
            if (here == null) {
                Branch<E> branch = waiting;
                if (branch == null) {
                    break;
                }
                here = branch.node;
                from = branch.from;
                waiting = branch.rest;
            }
            steps += 1 + look(here, visitor);
        }
        return steps;
    }

    @SuppressWarnings("unchecked") // a trie holds what it was given
    private int visit(Crowd many, int most, Consumer<? super E> visitor) {
        int visited = 0;
        while (visited < most && many.left.hasNext()) {
            visitor.accept((E) many.left.next());
            visited++;
        }
        if (visited < most) {
            crowd = many.rest;
        }
        return Math.max(1, visited);
    }

    /** What a node has for the topic; then the literal child, and the wildcard's after that. */
    @SuppressWarnings("unchecked") // a trie holds what it was given, in a FilterNode<E> or by itself
    private int look(FilterNode<E> here, Consumer<? super E> visitor) {
        int limit = topic.length();
        int visited = 0;
        boolean isWild = !isDollar || here != root; // [MQTT-4.7.2-1]
        if (isWild) {
            visited = take(here.deep(), visitor);
        }
        if (from > limit) {
            visited += take(here.exact(), visitor);
            node = null;
            return visited;
        }
        int to = Levels.end(topic, from, limit);
        FilterNode<E> plus = isWild ? here.plus() : null;
        TreeChild literal = here.child(topic, from, to);
        int behindPlus = plus == null ? -1 : plus.behindName(plus.labelFrom() + 1, topic, to, limit);
        int behind = literal == null ? -1 : literal.behindName(literal.labelFrom() + to - from, topic, to, limit);
        if (behind >= 0 && literal instanceof FilterNode) {
            if (plus != null && behindPlus >= 0) {
                waiting = new Branch<>(plus, behindPlus, waiting);
            }
            node = (FilterNode<E>) literal;
            from = behind;
            return visited;
        }
        if (behind >= 0 && literal != null) {
            visited += visit((E) literal, behind > limit, visitor);
        }
        node = behindPlus < 0 ? null : plus;
        from = behindPlus;
        return visited;
    }

    /** An entry without a node, whose levels are those with which the topic name begins. */
    private int visit(E entry, boolean isWhole, Consumer<? super E> visitor) {
        if (!isWhole && !entry.isDeep()) {
            return 0;
        }
        visitor.accept(entry);
        return 1;
    }

    private int take(@Nullable Object entries, Consumer<? super E> visitor) {
        if (entries == null) {
            return 0;
        }
        Iterator<TrieEntry> many = Entries.iteratorOfMany(entries);
        if (many != null) {
            crowd = new Crowd(many, crowd);
            return 0;
        }
        return Entries.forEachOfFew(entries, visitor);
    }

    /** A {@code +} branch to take when the literal one is done. */
    private record Branch<E extends TrieEntry>(
            FilterNode<E> node, int from, @Nullable Branch<E> rest) {}

    private record Crowd(Iterator<TrieEntry> left, @Nullable Crowd rest) {}
}
