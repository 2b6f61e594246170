// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The names of a {@link TopicTree} that one filter matches, found some at a time: between two calls of {@link #advance}
 * any time may pass and the tree may change. A name that is there from the first to the last of them is found exactly
 * once; one that comes or goes meanwhile is found or not.
 *
 * <p>One thread at a time.
 */
public final class TopicSearch {
    private final TopicNode root;
    private final String filter;
    private final boolean isDeep;
    private final int limit;

    /** Where the search stands; null when the next child of the innermost fan is to be looked at. */
    private @Nullable TopicNode node;

    private int from;
    private @Nullable Fan open;

    TopicSearch(TopicNode root, String filter) {
        this.root = root;
        this.filter = filter;
        this.isDeep = Levels.isDeep(filter);
        this.limit = Levels.limit(filter);
        this.node = root;
    }

    /** Whether all has been looked at. */
    public boolean isDone() {
        return node == null && open == null;
    }

    /**
     * Hands further names to the visitor, in no order, until it answers false, or so many steps have been taken, or all
     * has been looked at. The visitor runs on the calling thread and may change the tree.
     *
     * @param mostSteps looks at one place of the tree; each takes some 10 to 60 ns
     * @return the steps that were taken
     */
    public int advance(int mostSteps, Predicate<String> visitor) {
        int steps = 0;
        boolean isWanted = true;
        while (isWanted && steps < mostSteps && !isDone()) {
            steps++;
            TopicNode here = node;
            if (here == null) {
                nextOfFan();
            } else if (from > limit) {
                open = isDeep ? Fan.of(here, from, open) : open;
                node = null;
                String topic = here.topic();
                isWanted = topic == null || visitor.test(topic);
            } else {
                descend(here);
            }
        }
        return steps;
    }

    private void descend(TopicNode here) {
        int to = Levels.end(filter, from, limit);
        if (Levels.is('+', filter, from, to)) {
            open = Fan.of(here, from, open);
            node = null;
        } else {
            goOn(here.next(filter, from, to), from);
        }
    }

    /** Goes on in a child if the filter matches what begins with its levels. */
    private void goOn(@Nullable TopicNode child, int filterFrom) {
        node = null;
        if (child != null) {
            int behind = filterFrom > limit ? filterFrom : child.behindFilter(filter, filterFrom, limit, isDeep);
            node = behind < 0 ? null : child;
            from = behind;
        }
    }

    /** Goes on in the child at the next place of the innermost fan, if there is one, or in the part of the children there. */
    private void nextOfFan() {
        Fan fan = open;
        if (fan != null && fan.isOver()) {
            open = fan.rest;
        } else if (fan != null) {
            Object next = fan.next();
            if (next instanceof TreeChild child) {
                // Below the root those that begin with $ are passed over [MQTT-4.7.2-1].
                goOn(fan.owner == root && child.isDollar() ? null : (TopicNode) child, fan.from);
            } else if (next != null) {
                open = new Fan(fan.owner, next, fan.from, fan);
            }
        }
    }

    /** The children of a node that a wildcard has still to visit. */
    private static final class Fan {
        final int from;
        final @Nullable Fan rest;
        final TopicNode owner;
        private final Object children;
        private int place;

        private Fan(TopicNode owner, Object children, int from, @Nullable Fan rest) {
            this.owner = owner;
            this.children = children;
            this.from = from;
            this.rest = rest;
        }

        /** The fan of a node on top of the others; just the others when it has no children. */
        static @Nullable Fan of(TopicNode node, int from, @Nullable Fan rest) {
            Object children = node.children();
            return children == null ? rest : new Fan(node, children, from, rest);
        }

        boolean isOver() {
            return place == Children.places(children);
        }

        /** What is at the next place, as {@link Children#at}. */
        @Nullable
        Object next() {
            return Children.at(children, place++);
        }
    }
}
