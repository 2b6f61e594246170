// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The children of a node by the first level of their labels: one (the child itself), {@link Few}, or {@link ManyChildren}.
 *
 * <p>Reads come from any thread without a lock. Changes come under the lock of the node that owns the set, and give
 * the set to hold from then on.
 */
interface Children {

    /** The child whose label begins with the level that is this region of the text, or null. */
    @Nullable
    LevelNode find(String text, int from, int to);

    /** This set and one more child, whose first level is not in it. */
    Children with(LevelNode child);

    /** This set without that child; null when none is left. */
    @Nullable
    Children without(LevelNode child);

    /** This set with a node in the place of a child whose label begins with the same level. */
    Children replaced(LevelNode child, LevelNode by);

    /** How many places {@link #at} has, empty ones included. Does not change over the life of a set. */
    int places();

    /** The child at a place, or null; a child keeps its place in a set. */
    @Nullable
    LevelNode at(int place);

    /** Up to {@link #MOST} children in an array that is copied at every change. */
    final class Few implements Children {

        static final int MOST = 8;

        private final LevelNode[] nodes;

        Few(LevelNode... nodes) {
            this.nodes = nodes;
        }

        @Override
        public @Nullable LevelNode find(String text, int from, int to) {
            for (LevelNode node : nodes) {
                if (node.isNamed(text, from, to)) {
                    return node;
                }
            }
            return null;
        }

        @Override
        public Children with(LevelNode child) {
            if (nodes.length == MOST) {
                return ManyChildren.of(nodes, child);
            }
            LevelNode[] more = Arrays.copyOf(nodes, nodes.length + 1);
            more[nodes.length] = child;
            return new Few(more);
        }

        @Override
        public @Nullable Children without(LevelNode child) {
            LevelNode[] rest =
                    Arrays.stream(nodes).filter(node -> node != child).toArray(LevelNode[]::new);
            return switch (rest.length) {
                case 0 -> null;
                case 1 -> rest[0];
                default -> new Few(rest);
            };
        }

        @Override
        public Children replaced(LevelNode child, LevelNode by) {
            LevelNode[] copy = nodes.clone();
            for (int i = 0; i < copy.length; i++) {
                if (copy[i] == child) {
                    copy[i] = by;
                }
            }
            return new Few(copy);
        }

        @Override
        public int places() {
            return nodes.length;
        }

        @Override
        public LevelNode at(int place) {
            return nodes[place];
        }
    }
}
