// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections there are, all together and from each address, and how many there may be. IPv6 clients are
 * counted by their /64. Safe on any thread; remembers only addresses that are connected.
 */
public final class AddressCount {
    private volatile int most;
    private final int mostPerAddress;
    private final AtomicInteger all = new AtomicInteger();
    private final ConcurrentHashMap<String, Integer> byAddress = new ConcurrentHashMap<>();

    /**
     * Empty.
     *
     * @param most all together, 0 for no limit
     * @param mostPerAddress from one address, 0 for no limit
     */
    public AddressCount(int most, int mostPerAddress) {
        this.most = most;
        this.mostPerAddress = mostPerAddress;
    }

    /** Changes how many there may be all together, 0 for no limit; who is there stays. */
    public void most(int next) {
        most = next;
    }

    /** Whether there is room for a connection. */
    public enum Room {
        /** It has been counted; {@link AddressCount#leave} must follow. */
        TAKEN,
        /** There are too many from everywhere. */
        FULL,
        /** There are too many from its address. */
        ADDRESS_FULL
    }

    /** Counts a connection if there is room for it. */
    public Room tryEnter(String address) {
        int limit = most;
        if (all.incrementAndGet() > limit && limit > 0) {
            all.decrementAndGet();
            return Room.FULL;
        }
        if (mostPerAddress > 0) {
            String key = AddressKey.of(address);
            if (byAddress.merge(key, 1, Integer::sum) > mostPerAddress) {
                leave(address);
                return Room.ADDRESS_FULL;
            }
        }
        return Room.TAKEN;
    }

    /** A connection that was counted has gone. */
    public void leave(String address) {
        all.decrementAndGet();
        if (mostPerAddress > 0) {
            byAddress.computeIfPresent(AddressKey.of(address), (key, count) -> count > 1 ? count - 1 : null);
        }
    }
}
