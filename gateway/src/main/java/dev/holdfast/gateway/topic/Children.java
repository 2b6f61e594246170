// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The children of a node by the first level of their labels, of which there is at least one: the child itself where it is
 * alone, an array of up to {@link #FEW}, which is copied at every change, or {@link ManyChildren}.
 *
 * <p>Reads come from any thread without a lock. Changes come under the lock of the node that owns the children, and give
 * those to hold from then on.
 */
final class Children {

    /** How many there are in an array at the most. */
    static final int FEW = 8;

    private Children() {}

    /** The child whose label begins with the level that is this region of the text, or null. */
    static @Nullable TreeChild find(@Nullable Object children, String text, int from, int to) {
        if (children instanceof TreeChild only) {
            return only.isNamed(text, from, to) ? only : null;
        }
        if (children instanceof ManyChildren many) {
            return many.find(text, from, to);
        }
        if (children != null) {
            for (TreeChild child : (TreeChild[]) children) {
                if (child.isNamed(text, from, to)) {
                    return child;
                }
            }
        }
        return null;
    }

    /** These and one more, whose first level is not among them. */
    static Object with(@Nullable Object children, TreeChild child) {
        if (children == null) {
            return child;
        }
        if (children instanceof TreeChild only) {
            return new TreeChild[] {only, child};
        }
        if (children instanceof ManyChildren many) {
            return many.with(child);
        }
        TreeChild[] few = (TreeChild[]) children;
        if (few.length == FEW) {
            return ManyChildren.of(few, child);
        }
        TreeChild[] more = Arrays.copyOf(few, few.length + 1);
        more[few.length] = child;
        return more;
    }

    /** These without that child, which is among them; null when none is left. */
    static @Nullable Object without(Object children, TreeChild child) {
        if (children instanceof TreeChild) {
            return null;
        }
        if (children instanceof ManyChildren many) {
            return many.without(child);
        }
        TreeChild[] rest = Arrays.stream((TreeChild[]) children)
                .filter(each -> each != child)
                .toArray(TreeChild[]::new);
        return rest.length == 1 ? rest[0] : rest;
    }

    /** These with another in the place of a child that is among them and whose label begins with the same level. */
    static Object replaced(Object children, TreeChild child, TreeChild by) {
        if (children instanceof TreeChild) {
            return by;
        }
        if (children instanceof ManyChildren many) {
            many.replace(child, by);
            return many;
        }
        TreeChild[] copy = ((TreeChild[]) children).clone();
        for (int i = 0; i < copy.length; i++) {
            if (copy[i] == child) {
                copy[i] = by;
            }
        }
        return copy;
    }

    /** How many places {@link #at} has, empty ones included. Does not change while the object stays the same. */
    static int places(@Nullable Object children) {
        if (children == null) {
            return 0;
        }
        if (children instanceof TreeChild) {
            return 1;
        }
        return children instanceof ManyChildren many ? many.places() : ((TreeChild[]) children).length;
    }

    /** The child at a place, or null; a child keeps its place in an object. */
    static @Nullable TreeChild at(Object children, int place) {
        if (children instanceof TreeChild only) {
            return only;
        }
        return children instanceof ManyChildren many ? many.at(place) : ((TreeChild[]) children)[place];
    }
}
