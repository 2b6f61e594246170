// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many connections each address has, from their accept on, and how many it may have. IPv6 clients are counted by
 * their /64. Where an address has all of its places, a connection of its own that has not sent a first packet in the time that a
 * client needs gives way to the newcomer. Some more may come in to be told why they are refused.
 *
 * <p>Safe on any thread, takes no lock that is held for longer than a map look-up. Remembers only addresses that are
 * connected.
 */
public final class AddressPlaces {
    /** Counts nothing and refuses nobody. */
    public static final AddressPlaces UNBOUNDED = new AddressPlaces(0);

    /** How many connections of an address beyond its places may stay until their CONNECT is answered. */
    static final int TOLD_WHY = 8;

    /** The time in which a client that behaves has sent its CONNECT. */
    private static final long PATIENCE_NANOS = Duration.ofMillis(500).toNanos();

    private final int most;
    private final Place uncounted = new Place(new Address(""), 0, () -> {});
    private final ConcurrentHashMap<String, Address> addresses = new ConcurrentHashMap<>();

    /**
     * Empty.
     *
     * @param most connections of one address; 0 for no limit
     */
    public AddressPlaces(int most) {
        this.most = most;
    }

    /** The connections of one address; changed by whoever holds its entry of the map. */
    private static final class Address {
        private final String key;
        private final LinkedHashSet<Place> strangers = new LinkedHashSet<>();
        private int open;

        Address(String key) {
            this.key = key;
        }

        /** Takes away the place of the oldest stranger, if it has had its time. */
        @Nullable
        Place takeFromOldest(long nowNanos) {
            for (Place oldest : strangers) {
                if (nowNanos - oldest.sinceNanos < PATIENCE_NANOS) {
                    return null;
                }
                strangers.remove(oldest);
                oldest.isTaken = false;
                open--;
                return oldest;
            }
            return null;
        }
    }

    /** The place of one connection among those of its address. */
    public final class Place {
        private final Address address;
        private final long sinceNanos;
        private Runnable giveWay;
        private boolean isTaken;
        private boolean isBeyond;

        private Place(Address address, long sinceNanos, Runnable giveWay) {
            this.address = address;
            this.sinceNanos = sinceNanos;
            this.giveWay = giveWay;
        }

        /** Its first packet has come whole: it need not give way to others any more. */
        public void introduced() {
            if (this != uncounted) {
                addresses.computeIfPresent(address.key, (key, known) -> {
                    address.strangers.remove(this);
                    giveWay = () -> {};
                    return known;
                });
            }
        }

        /**
         * Whether this connection may stay: it is one of those that its address may have, or has become one.
         *
         * @param nowNanos {@link System#nanoTime}
         */
        public boolean isWithinLimit(long nowNanos) {
            if (this == uncounted) {
                return true;
            }
            Place[] cut = new Place[1];
            addresses.computeIfPresent(address.key, (key, known) -> {
                address.strangers.remove(this);
                if (isBeyond && address.open > most) {
                    cut[0] = address.takeFromOldest(nowNanos);
                }
                isBeyond &= address.open > most;
                return known;
            });
            cut(cut[0]);
            return !isBeyond;
        }

        /** The connection has gone. Once or more often. */
        public void leave() {
            if (this != uncounted) {
                addresses.computeIfPresent(address.key, (key, known) -> {
                    address.strangers.remove(this);
                    if (isTaken) {
                        isTaken = false;
                        address.open--;
                    }
                    return known.open > 0 ? known : null;
                });
            }
        }
    }

    /** How many connections of one address there may be; 0 for no limit. */
    public int most() {
        return most;
    }

    /**
     * Takes a place for a connection that was accepted just now; {@link Place#leave} must follow.
     *
     * @param address an IP address without port
     * @param nowNanos {@link System#nanoTime}
     * @param giveWay cuts it, if it is a stranger still; called on any thread
     * @return null if its address has too many
     */
    public @Nullable Place arrive(String address, long nowNanos, Runnable giveWay) {
        if (most == 0) {
            return uncounted;
        }
        Place[] places = new Place[2];
        addresses.compute(AddressKey.of(address), (key, known) -> {
            Address there = known == null ? new Address(key) : known;
            if (there.open >= most) {
                places[1] = there.takeFromOldest(nowNanos);
            }
            if (there.open < most + TOLD_WHY) {
                Place place = new Place(there, nowNanos, giveWay);
                place.isTaken = true;
                place.isBeyond = there.open >= most;
                there.open++;
                there.strangers.add(place);
                places[0] = place;
            }
            return there;
        });
        cut(places[1]);
        return places[0];
    }

    /** How many addresses are connected. */
    int remembered() {
        return addresses.size();
    }

    private static void cut(@Nullable Place place) {
        if (place != null) {
            place.giveWay.run();
        }
    }
}
