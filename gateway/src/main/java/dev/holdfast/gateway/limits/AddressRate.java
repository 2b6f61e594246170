// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.holdfast.gateway.config.value.Rate;

/**
 * The same rate for every client address on its own. IPv6 clients are counted by their /64.
 *
 * <p>Safe on any thread. Remembers a bounded number of addresses; beyond it those are forgotten that have come seldom, and
 * not lately.
 */
public final class AddressRate {
    /** How many addresses are remembered. */
    static final int MAX_ADDRESSES = 100_000;

    private final Rate rate;
    private final Cache<String, TokenBucket> buckets = Caffeine.newBuilder()
            .maximumSize(MAX_ADDRESSES)
            .executor(Runnable::run)
            .build();

    /** A rate that may be off. */
    public AddressRate(Rate rate) {
        this.rate = rate;
    }

    /**
     * Counts one event if the rate allows it.
     *
     * @param address an IP address without port
     * @param nowNanos {@link System#nanoTime}
     */
    public boolean tryTake(String address, long nowNanos) {
        return rate.isOff()
                || buckets.get(AddressKey.of(address), key -> new TokenBucket(rate, nowNanos))
                        .tryTake(1, nowNanos);
    }

    /**
     * Counts one event if it has to wait no longer than this for its turn.
     *
     * @param address an IP address without port
     * @param nowNanos {@link System#nanoTime}
     * @return how many nanoseconds to wait, or -1 when that would be too long and it was not counted
     */
    public long reserve(String address, long nowNanos, long longestWaitNanos) {
        return rate.isOff()
                ? 0
                : buckets.get(AddressKey.of(address), key -> new TokenBucket(rate, nowNanos))
                        .reserve(nowNanos, longestWaitNanos);
    }

    /** How many addresses are remembered. */
    long remembered() {
        buckets.cleanUp();
        return buckets.estimatedSize();
    }
}
