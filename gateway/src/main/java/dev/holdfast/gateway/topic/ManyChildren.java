// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Children in an open-addressed hash table, looked up by a region of a string without cutting it. It is an array, rather than
 * has one, so that a look-up reads one object less.
 *
 * <p>Concurrency: within a table a child never moves, and a place once filled never becomes empty again (a removed
 * child leaves {@link #REMOVED}), so a probe without a lock cannot miss a child that is there. When filled places run
 * out, a new table takes over; a reader in the old one sees the state of that moment.
 *
 * <p>Strangers choose the level names. The hash is therefore keyed with a secret of the process, so that nobody can
 * prepare names that share a place.
 */
final class ManyChildren extends AtomicReferenceArray<@Nullable TreeChild> {

    private static final TreeChild REMOVED = new TopicNode("", 0, 0);
    private static final long KEY = new SecureRandom().nextLong();
    /** How large a table may be: three quarters of it are placed anew by one change at the most. */
    private static final int MOST_PLACES = 1024;

    private int filled; // children and removed ones; guarded by the owner's lock
    private int live; // guarded by the owner's lock

    private ManyChildren(int children) {
        // At most half full when new, at most three quarters later.
        super(Integer.highestOneBit(children) << 2);
    }

    static ManyChildren of(List<TreeChild> children) {
        ManyChildren many = new ManyChildren(children.size());
        children.forEach(many::insert);
        return many;
    }

    /** The child whose label begins with the level that is this region of the text, or null. */
    @Nullable
    TreeChild find(String text, int from, int to) {
        return find(hash(text, from, to), text, from, to);
    }

    /** The same, of a level with this {@link #hash}. */
    @Nullable
    TreeChild find(int hash, String text, int from, int to) {
        int mask = length() - 1;
        int place = hash & mask;
        TreeChild node = getAcquire(place);
        while (node != null) {
            if (node != REMOVED && node.isNamed(text, from, to)) {
                return node;
            }
            place = (place + 1) & mask;
            node = getAcquire(place);
        }
        return null;
    }

    /** Whether one more child would make a table necessary that is larger than {@value #MOST_PLACES}. */
    boolean isFull() {
        return isFilled() && Integer.highestOneBit(live + 1) << 2 > MOST_PLACES;
    }

    private boolean isFilled() {
        return filled + 1 > length() - (length() >> 2);
    }

    /** This set, or another one in its place, and one more child, whose first level is not in it. */
    ManyChildren with(TreeChild child) {
        ManyChildren target = this;
        if (isFilled()) {
            target = copy();
        }
        target.insert(child);
        return target;
    }

    /** The {@link Children} that are left without this one. */
    Object without(TreeChild child) {
        setRelease(placeOf(child), REMOVED);
        live--;
        if (live <= Children.Few.MOST / 2) {
            return new Children.Few(all().toArray(TreeChild[]::new));
        }
        return live < length() >> 4 ? copy() : this;
    }

    /** Puts another one in the place of a child whose label begins with the same level. */
    void replace(TreeChild child, TreeChild by) {
        setRelease(placeOf(child), by);
    }

    private int placeOf(TreeChild child) {
        int mask = length() - 1;
        int place = child.hash() & mask;
        while (getPlain(place) != child) {
            place = (place + 1) & mask;
        }
        return place;
    }

    /** The child at a place, or null; a child keeps its place. */
    @Nullable
    TreeChild at(int place) {
        TreeChild node = getAcquire(place);
        return node == REMOVED ? null : node;
    }

    private void insert(TreeChild child) {
        int mask = length() - 1;
        int place = child.hash() & mask;
        TreeChild there = getPlain(place);
        while (there != null && there != REMOVED) {
            place = (place + 1) & mask;
            there = getPlain(place);
        }
        if (there == null) {
            filled++;
        }
        live++;
        setRelease(place, child);
    }

    private ManyChildren copy() {
        ManyChildren copy = new ManyChildren(live + 1);
        all().forEach(copy::insert);
        return copy;
    }

    /** All of them. The caller has the owner's lock. */
    List<TreeChild> all() {
        List<TreeChild> all = new ArrayList<>(live);
        Children.addTo(all, this);
        return all;
    }

    /** The hash of a level. */
    static int hash(String text, int from, int to) {
        long hash = KEY;
        for (int i = from; i < to; i++) {
            hash = (hash ^ text.charAt(i)) * 0x9E37_79B9_7F4A_7C15L;
            hash ^= hash >>> 32;
        }
        return (int) (hash ^ hash >>> 16);
    }
}
