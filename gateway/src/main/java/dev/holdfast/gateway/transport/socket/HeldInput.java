// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import org.jspecify.annotations.Nullable;

/**
 * How many bytes of unfinished packets each of some connections of one loop holds, and which connection is closed when the sum is too
 * large: the one that holds the most; of several that hold as much, the one that has held it longest. A client that behaves
 * sends whole packets and holds nothing, or little and not for long.
 *
 * <p>Connections stand in lists by the power of two of what they hold, so that every operation costs the same however
 * many they are. Used on the loop's thread only.
 */
final class HeldInput {
    private static final int CLASSES = 33;

    private final @Nullable Place[] oldest = new Place[CLASSES];
    private final @Nullable Place[] newest = new Place[CLASSES];
    private long bytes;

    /** All that is held. */
    long bytes() {
        return bytes;
    }

    /** A connection holds so much from now on; 0 takes it out. */
    void set(Place place, int held) {
        int sizeClass = sizeClass(held);
        bytes += held - place.bytes;
        if (sizeClass != sizeClass(place.bytes)) {
            unlink(place);
            place.bytes = held;
            link(place, sizeClass);
        } else {
            place.bytes = held;
        }
    }

    /** The connection that is to be closed first; null if nobody holds anything. */
    @Nullable
    Place first() {
        for (int sizeClass = CLASSES - 1; sizeClass > 0; sizeClass--) {
            Place place = oldest[sizeClass];
            if (place != null) {
                return place;
            }
        }
        return null;
    }

    /** 0 for nothing, else 1 more than the power of two. */
    private static int sizeClass(int held) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(held);
    }

    private void link(Place place, int sizeClass) {
        if (sizeClass == 0) {
            return;
        }
        Place last = newest[sizeClass];
        place.older = last;
        if (last == null) {
            oldest[sizeClass] = place;
        } else {
            last.newer = place;
        }
        newest[sizeClass] = place;
    }

    private void unlink(Place place) {
        int sizeClass = sizeClass(place.bytes);
        if (sizeClass == 0) {
            return;
        }
        Place older = place.older;
        Place newer = place.newer;
        if (older == null) {
            oldest[sizeClass] = newer;
        } else {
            older.newer = newer;
        }
        if (newer == null) {
            newest[sizeClass] = older;
        } else {
            newer.older = older;
        }
        place.older = null;
        place.newer = null;
    }

    /** A connection's place among those that hold something. */
    static final class Place {
        /** Closes the connection, which takes itself out of the lists. */
        private final Runnable giveWay;

        private int bytes;
        private int charged;
        private @Nullable Place older;
        private @Nullable Place newer;

        Place(Runnable giveWay) {
            this.giveWay = giveWay;
        }

        int bytes() {
            return bytes;
        }

        /** The account of memory is charged so much for it from now on; answers how much more than before. */
        int charge(int held) {
            int more = held - charged;
            charged = held;
            return more;
        }

        void giveWay() {
            giveWay.run();
        }
    }
}
