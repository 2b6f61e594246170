// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * More children than one {@link ManyChildren} takes, by bits of their hash in {@value #PARTS} parts, each of them as {@link Children}:
 * a part that grows is placed anew by itself, so that no change takes long, however many children a node has.
 *
 * <p>Concurrency: a part is replaced whole, and a child is in one part only. A reader who has a part that another one has replaced
 * sees the state of that moment.
 */
final class SplitChildren extends AtomicReferenceArray<@Nullable Object> {
    private static final int BITS = 6;
    static final int PARTS = 1 << BITS;
    /** The highest bits of the hash; a table uses the lowest. */
    static final int FIRST_SHIFT = Integer.SIZE - BITS;
    /** When so few are left they are one table again. */
    private static final int FEWEST = 256;

    private final int shift;
    private int live; // guarded by the owner's lock

    private SplitChildren(int shift) {
        super(PARTS);
        this.shift = shift;
    }

    static SplitChildren of(List<TreeChild> children, TreeChild oneMore, int shift) {
        SplitChildren split = new SplitChildren(shift);
        children.forEach(split::add);
        split.add(oneMore);
        return split;
    }

    /** The child whose label begins with the level that is this region of the text, or null. */
    @Nullable
    TreeChild find(String text, int from, int to) {
        int hash = ManyChildren.hash(text, from, to);
        Object part = part(placeOf(hash));
        while (part instanceof SplitChildren smaller) {
            part = smaller.part(smaller.placeOf(hash));
        }
        return part instanceof ManyChildren many
                ? many.find(hash, text, from, to)
                : Children.find(part, text, from, to);
    }

    /** Takes in a child, whose first level is not among them. The caller has the owner's lock. */
    void add(TreeChild child) {
        int place = placeOf(child.hash());
        setRelease(place, Children.with(getPlain(place), child, shift - BITS));
        live++;
    }

    /** The {@link Children} that are left without this one, which is among them. The caller has the owner's lock. */
    Object without(TreeChild child) {
        int place = placeOf(child.hash());
        Object part = getPlain(place);
        setRelease(place, part == null ? null : Children.without(part, child));
        live--;
        if (live > FEWEST) {
            return this;
        }
        List<TreeChild> left = new ArrayList<>(live);
        Children.addTo(left, this);
        return ManyChildren.of(left);
    }

    /** Puts another one in the place of a child whose label begins with the same level. The caller has the owner's lock. */
    void replace(TreeChild child, TreeChild by) {
        int place = placeOf(child.hash());
        Object part = getPlain(place);
        setRelease(place, part == null ? null : Children.replaced(part, child, by));
    }

    /** What is in a part, as {@link Children}. */
    @Nullable
    Object part(int place) {
        return getAcquire(place);
    }

    private int placeOf(int hash) {
        return hash >>> shift & PARTS - 1;
    }
}
