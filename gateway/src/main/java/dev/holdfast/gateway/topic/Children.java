// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The children of a node by the first level of their labels: null where there is none, the child itself where it is alone,
 * {@link Few}, {@link ManyChildren}, or {@link SplitChildren}; {@link Retired} where the node has left the tree.
 *
 * <p>Reads come from any thread without a lock. Changes come under the lock of the node that owns the children, which has not
 * left the tree, and give those to hold from then on.
 */
final class Children {

    private Children() {}

    /** Up to {@link #MOST} children in an array that is copied at every change. */
    static final class Few {
        static final int MOST = 8;

        private final TreeChild[] all;

        Few(TreeChild... all) {
            this.all = all;
        }
    }

    /** The children that a node had when it left the tree, for those who read in it. */
    static final class Retired {
        private final @Nullable Object last;

        Retired(@Nullable Object last) {
            this.last = last;
        }
    }

    /** The child whose label begins with the level that is this region of the text, or null. */
    static @Nullable TreeChild find(@Nullable Object children, String text, int from, int to) {
        // The final classes first: to ask for one of them is to compare one word.
        if (children instanceof ManyChildren many) {
            return many.find(text, from, to);
        }
        if (children instanceof Few few) {
            for (TreeChild child : few.all) {
                if (child.isNamed(text, from, to)) {
                    return child;
                }
            }
            return null;
        }
        if (children instanceof SplitChildren split) {
            return split.find(text, from, to);
        }
        if (children instanceof Retired retired) {
            return find(retired.last, text, from, to);
        }
        TreeChild only = (TreeChild) children;
        return only != null && only.isNamed(text, from, to) ? only : null;
    }

    /** These and one more, whose first level is not among them. */
    static Object with(@Nullable Object children, TreeChild child) {
        return with(children, child, SplitChildren.FIRST_SHIFT);
    }

    /**
     * The same, where these may be a part of others.
     *
     * @param shift by which bits of their hash they are split when they are many, as {@link SplitChildren} has it
     */
    static Object with(@Nullable Object children, TreeChild child, int shift) {
        if (children == null) {
            return child;
        }
        if (children instanceof ManyChildren many) {
            return many.isFull() && shift >= 0 ? SplitChildren.of(many.all(), child, shift) : many.with(child);
        }
        if (children instanceof SplitChildren split) {
            split.add(child);
            return split;
        }
        if (!(children instanceof Few few)) {
            return new Few((TreeChild) children, child);
        }
        if (few.all.length == Few.MOST) {
            List<TreeChild> all = new ArrayList<>(List.of(few.all));
            all.add(child);
            return ManyChildren.of(all);
        }
        TreeChild[] more = Arrays.copyOf(few.all, few.all.length + 1);
        more[few.all.length] = child;
        return new Few(more);
    }

    /** These without that child, which is among them; null when none is left. */
    static @Nullable Object without(Object children, TreeChild child) {
        if (children instanceof ManyChildren many) {
            return many.without(child);
        }
        if (children instanceof SplitChildren split) {
            return split.without(child);
        }
        if (!(children instanceof Few few)) {
            return null;
        }
        TreeChild[] rest = Arrays.stream(few.all).filter(each -> each != child).toArray(TreeChild[]::new);
        return rest.length == 1 ? rest[0] : new Few(rest);
    }

    /** These with another in the place of a child that is among them and whose label begins with the same level. */
    static Object replaced(Object children, TreeChild child, TreeChild by) {
        if (children instanceof ManyChildren many) {
            many.replace(child, by);
            return many;
        }
        if (children instanceof SplitChildren split) {
            split.replace(child, by);
            return split;
        }
        if (!(children instanceof Few few)) {
            return by;
        }
        TreeChild[] copy = few.all.clone();
        for (int i = 0; i < copy.length; i++) {
            if (copy[i] == child) {
                copy[i] = by;
            }
        }
        return new Few(copy);
    }

    /** The children that can be walked over, also where they are those of a node that has left the tree. */
    static @Nullable Object last(@Nullable Object children) {
        return children instanceof Retired retired ? retired.last : children;
    }

    /** How many places {@link #at} has, empty ones included. Does not change while the object stays the same. */
    static int places(Object children) {
        if (children instanceof ManyChildren many) {
            return many.length();
        }
        if (children instanceof SplitChildren) {
            return SplitChildren.PARTS;
        }
        return children instanceof Few few ? few.all.length : 1;
    }

    /**
     * What is at a place: null, a child, or a part of the children, which is to be walked over as these are. Each child
     * keeps its place in an object.
     */
    static @Nullable Object at(Object children, int place) {
        if (children instanceof ManyChildren many) {
            return many.at(place);
        }
        if (children instanceof SplitChildren split) {
            return split.part(place);
        }
        return children instanceof Few few ? few.all[place] : children;
    }

    /** Adds all of them to a list. */
    static void addTo(List<? super TreeChild> list, @Nullable Object children) {
        if (children instanceof TreeChild child) {
            list.add(child);
        } else if (children != null) {
            for (int place = 0; place < places(children); place++) {
                addTo(list, at(children, place));
            }
        }
    }
}
