// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts refused credentials per client address, so that guessing is slow and a flood of bad tokens costs no signature
 * checks. An address that has used up its failures is turned away until one is paid off; a success pays nothing off,
 * or whoever has one good account could guess for ever. IPv6 clients are counted by their /64.
 *
 * <p>Safe on any thread, takes no lock that is held for longer than a map look-up. Remembers a bounded number of
 * addresses; beyond it those are forgotten that have come seldom, and not lately.
 */
public final class FailedLogins {
    private final Pace pace;
    private final Cache<String, AtomicLong> paidUntil = Caffeine.newBuilder()
            .maximumSize(AddressRate.MAX_ADDRESSES)
            .executor(Runnable::run)
            .build();

    /** So many failures per time and address, for example 10 per minute. */
    public FailedLogins(int failures, Duration per) {
        this.pace = Pace.of(failures, per);
    }

    /** As configured; the rate is not off. */
    public FailedLogins(Rate rate) {
        this.pace = Pace.of(rate);
    }

    /**
     * How long an address has to stay away. To be asked before credentials are looked at.
     *
     * @param address an IP address without port
     * @param nowNanos {@link System#nanoTime}
     * @return zero when it may try
     */
    public Duration waitFor(String address, long nowNanos) {
        AtomicLong paid = paidUntil.getIfPresent(AddressKey.of(address));
        return paid == null ? Duration.ZERO : Duration.ofNanos(pace.waitNanos(paid.get(), nowNanos));
    }

    /** How many addresses are remembered. */
    long remembered() {
        paidUntil.cleanUp();
        return paidUntil.estimatedSize();
    }

    /** Counts a failure. */
    public void failed(String address, long nowNanos) {
        AtomicLong paid = paidUntil.get(AddressKey.of(address), key -> new AtomicLong(nowNanos));
        // No more than one failure beyond the limit is remembered: a flood must not lock its address out for hours.
        pace.reserve(1, paid, nowNanos, 0);
    }
}
