// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Children in an open-addressed hash table, looked up by a region of a string without cutting it.
 *
 * <p>Concurrency: within a table a child never moves, and a place once filled never becomes empty again (a removed
 * child leaves {@link #REMOVED}), so a probe without a lock cannot miss a child that is there. When filled places run
 * out, a new table takes over; a reader in the old one sees the state of that moment.
 *
 * <p>Strangers choose the level names. The hash is therefore keyed with a secret of the process, so that nobody can
 * prepare names that share a place.
 */
final class ManyChildren {

    private static final TreeChild REMOVED = new TopicNode("", 0, 0);
    private static final long KEY = new SecureRandom().nextLong();

    private final AtomicReferenceArray<@Nullable TreeChild> table;
    private int filled; // children and removed ones; guarded by the owner's lock
    private int live; // guarded by the owner's lock

    private ManyChildren(int children) {
        // At most half full when new, at most three quarters later.
        table = new AtomicReferenceArray<>(Integer.highestOneBit(children) << 2);
    }

    static ManyChildren of(TreeChild[] nodes, TreeChild oneMore) {
        ManyChildren many = new ManyChildren(nodes.length + 1);
        for (TreeChild node : nodes) {
            many.insert(node);
        }
        many.insert(oneMore);
        return many;
    }

    /** The child whose label begins with the level that is this region of the text, or null. */
    @Nullable
    TreeChild find(String text, int from, int to) {
        int mask = table.length() - 1;
        int place = hash(text, from, to) & mask;
        TreeChild node = table.getAcquire(place);
        while (node != null) {
            if (node != REMOVED && node.isNamed(text, from, to)) {
                return node;
            }
            place = (place + 1) & mask;
            node = table.getAcquire(place);
        }
        return null;
    }

    /** This set, or another one in its place, and one more child, whose first level is not in it. */
    ManyChildren with(TreeChild child) {
        ManyChildren target = this;
        if (filled + 1 > table.length() - (table.length() >> 2)) {
            target = copy();
        }
        target.insert(child);
        return target;
    }

    /** The {@link Children} that are left without this one. */
    Object without(TreeChild child) {
        table.setRelease(placeOf(child), REMOVED);
        live--;
        if (live <= Children.FEW / 2) {
            return nodes().toArray(TreeChild[]::new);
        }
        return live < table.length() >> 4 ? copy() : this;
    }

    /** Puts another one in the place of a child whose label begins with the same level. */
    void replace(TreeChild child, TreeChild by) {
        table.setRelease(placeOf(child), by);
    }

    private int placeOf(TreeChild child) {
        int mask = table.length() - 1;
        int place = child.hash() & mask;
        while (table.getPlain(place) != child) {
            place = (place + 1) & mask;
        }
        return place;
    }

    /** How many places there are, empty ones included. Does not change. */
    int places() {
        return table.length();
    }

    /** The child at a place, or null; a child keeps its place. */
    @Nullable
    TreeChild at(int place) {
        TreeChild node = table.getAcquire(place);
        return node == REMOVED ? null : node;
    }

    private void insert(TreeChild child) {
        int mask = table.length() - 1;
        int place = child.hash() & mask;
        TreeChild there = table.getPlain(place);
        while (there != null && there != REMOVED) {
            place = (place + 1) & mask;
            there = table.getPlain(place);
        }
        if (there == null) {
            filled++;
        }
        live++;
        table.setRelease(place, child);
    }

    private ManyChildren copy() {
        ManyChildren copy = new ManyChildren(live + 1);
        for (TreeChild node : nodes()) {
            copy.insert(node);
        }
        return copy;
    }

    private List<TreeChild> nodes() {
        List<TreeChild> nodes = new ArrayList<>(live);
        for (int place = 0; place < table.length(); place++) {
            TreeChild node = at(place);
            if (node != null) {
                nodes.add(node);
            }
        }
        return nodes;
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
