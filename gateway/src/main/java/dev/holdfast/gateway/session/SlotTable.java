// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The slots of all sessions by client identifier: open-addressed hash tables, in which a slot costs 5 to 11 bytes where a
 * {@code ConcurrentHashMap} takes 39 and a {@code String} for the key. Any thread.
 *
 * <p>Concurrency: reads take no lock and see every change that has returned before. Within one array of places a slot never
 * moves, and a place once filled never becomes empty again (a removed slot leaves {@link #REMOVED}), so that a probe cannot
 * miss a slot that is there; when the empty places run out another array takes over. Changes lock one of {@link #SHARDS}
 * parts, which also keeps short what is copied at a time: of a million slots 4,000.
 *
 * <p>Strangers choose client identifiers. The hash is therefore keyed with a secret of the process, so that nobody can
 * prepare some that share a place.
 */
final class SlotTable {
    private static final int SHARDS = 256;
    private static final int FEWEST_PLACES = 4;
    private static final long KEY = new SecureRandom().nextLong();
    private static final SessionSlot REMOVED = new SessionSlot("", false, 0);

    private final Shard[] shards =
            IntStream.range(0, SHARDS).mapToObj(i -> new Shard()).toArray(Shard[]::new);

    /** The slot of a client identifier, or null. */
    @Nullable
    SessionSlot get(String clientId) {
        byte[] id = SessionSlot.encoded(clientId);
        long hash = hash(id);
        return shardOf(hash).find(id, hash);
    }

    /**
     * Puts in the place of a client identifier's slot what a function answers. No other change of that identifier comes in
     * between; the function must not change the table.
     *
     * @param change is given the slot, or null, and answers one with that client identifier, or null; nobody else occupies a slot
     */
    void compute(String clientId, BiFunction<String, @Nullable SessionSlot, @Nullable SessionSlot> change) {
        byte[] id = SessionSlot.encoded(clientId);
        long hash = hash(id);
        Shard shard = shardOf(hash);
        synchronized (shard) {
            SessionSlot known = shard.find(id, hash);
            boolean wasLive = isLive(known);
            SessionSlot wanted = change.apply(clientId, known);
            shard.live += (isLive(wanted) ? 1 : 0) - (wasLive ? 1 : 0);
            if (wanted == known) {
                return;
            }
            if (wanted == null) {
                shard.remove(id, hash);
            } else {
                shard.put(id, hash, wanted, known == null);
            }
        }
    }

    /** The same where there is a slot; otherwise nothing is done. */
    void computeIfPresent(String clientId, BiFunction<String, SessionSlot, @Nullable SessionSlot> change) {
        compute(clientId, (id, known) -> known == null ? null : change.apply(id, known));
    }

    /** All slots that are there from the first to the last of them, and perhaps some that come or go meanwhile. */
    Stream<SessionSlot> stream() {
        return Arrays.stream(shards)
                .map(shard -> shard.places)
                .flatMap(places -> IntStream.range(0, places.length())
                        .mapToObj(place -> real(places.getAcquire(place)))
                        .filter(Objects::nonNull));
    }

    /** How many slots have a live session; takes no longer for many slots than for few. */
    int live() {
        return Arrays.stream(shards).mapToInt(Shard::live).sum();
    }

    private static boolean isLive(@Nullable SessionSlot slot) {
        return slot != null && slot.live() != null;
    }

    /** How many slots a test is true of; looks at each of them. */
    long count(Predicate<SessionSlot> test) {
        long count = 0;
        for (Shard shard : shards) {
            AtomicReferenceArray<@Nullable SessionSlot> places = shard.places;
            for (int place = 0; place < places.length(); place++) {
                SessionSlot slot = real(places.getAcquire(place));
                if (slot != null && test.test(slot)) {
                    count++;
                }
            }
        }
        return count;
    }

    /** How many slots there are; approximate while others write. */
    int size() {
        return Arrays.stream(shards).mapToInt(Shard::size).sum();
    }

    /** How many places there are for them, of 4 bytes each. */
    int places() {
        return Arrays.stream(shards).mapToInt(shard -> shard.places.length()).sum();
    }

    private Shard shardOf(long hash) {
        return shards[(int) (hash >>> 56)];
    }

    private static @Nullable SessionSlot real(@Nullable SessionSlot slot) {
        return slot == REMOVED ? null : slot;
    }

    private static long hash(byte[] id) {
        long hash = KEY;
        for (byte each : id) {
            hash = (hash ^ each) * 0x9E37_79B9_7F4A_7C15L;
            hash ^= hash >>> 32;
        }
        return hash;
    }

    /** A part of the table. Its fields are changed under its own monitor. */
    private static final class Shard {
        private volatile AtomicReferenceArray<@Nullable SessionSlot> places = new AtomicReferenceArray<>(FEWEST_PLACES);

        private int slots;
        private int live;
        /** Places that hold a slot or {@link #REMOVED}. */
        private int filled;

        synchronized int size() {
            return slots;
        }

        synchronized int live() {
            return live;
        }

        /** The place of this client identifier, or the empty one at which the search for it ends. Under the monitor. */
        static int placeOf(AtomicReferenceArray<@Nullable SessionSlot> places, byte[] id, long hash) {
            int mask = places.length() - 1;
            int place = (int) hash & mask;
            SessionSlot there = places.getAcquire(place);
            while (there != null && !isOf(there, id)) {
                place = (place + 1) & mask;
                there = places.getAcquire(place);
            }
            return place;
        }

        /**
         * The slot of this client identifier, or null. Each place is read once: the empty one at which a search ends may be
         * another client's at the next look. Takes no lock.
         */
        @Nullable
        SessionSlot find(byte[] id, long hash) {
            AtomicReferenceArray<@Nullable SessionSlot> searched = places;
            int mask = searched.length() - 1;
            int place = (int) hash & mask;
            SessionSlot there = searched.getAcquire(place);
            while (there != null && !isOf(there, id)) {
                place = (place + 1) & mask;
                there = searched.getAcquire(place);
            }
            return there;
        }

        private static boolean isOf(SessionSlot slot, byte[] id) {
            return slot != REMOVED && Arrays.equals(slot.encodedClientId(), id);
        }

        void put(byte[] id, long hash, SessionSlot slot, boolean isNew) {
            if (isNew && filled + 1 > places.length() - (places.length() >> 2)) {
                resize();
            }
            places.setRelease(placeOf(places, id, hash), slot);
            if (isNew) {
                filled++;
                slots++;
            }
        }

        void remove(byte[] id, long hash) {
            places.setRelease(placeOf(places, id, hash), REMOVED);
            slots--;
            if (slots < places.length() >> 3 && places.length() > FEWEST_PLACES) {
                resize();
            }
        }

        /** Takes other places for the slots that are there and one more: five eighths of them are filled at the most. */
        private void resize() {
            int wanted = FEWEST_PLACES;
            while (slots + 1 > (wanted >> 1) + (wanted >> 3)) {
                wanted <<= 1;
            }
            AtomicReferenceArray<@Nullable SessionSlot> other = new AtomicReferenceArray<>(wanted);
            for (int i = 0; i < places.length(); i++) {
                SessionSlot slot = real(places.getAcquire(i));
                if (slot != null) {
                    byte[] id = slot.encodedClientId();
                    other.setPlain(placeOf(other, id, hash(id)), slot);
                }
            }
            places = other;
            filled = slots;
        }
    }
}
