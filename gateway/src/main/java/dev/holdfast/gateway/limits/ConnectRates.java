// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The rates at which clients may come, of each address and of all together. A client counts once: at its TLS handshake, which costs
 * more than all that follows, or else at its CONNECT. Whoever only shakes hands is held by them too.
 *
 * <p>Safe on any thread. Times are those of {@link System#nanoTime}.
 */
public final class ConnectRates {
    /** What a client has to wait for that may not come: there would be no answer in time. */
    public static final long REFUSED = -1;

    private final long longestWaitNanos;
    private volatile Held held;

    /** By which of the rates a connection has been counted already. */
    public enum Counted {
        /** By none. */
        NOT,
        /** By the one of all; its address was not known, for it comes through a proxy that tells the address later. */
        BY_ALL,
        /** By that of its address and by the one of all. */
        BY_ADDRESS_AND_ALL
    }

    private record Held(AddressRate perAddress, @Nullable ConnectAdmission all) {}

    /**
     * Rates that may be off.
     *
     * @param longestWait how long a client may wait for its turn
     */
    public ConnectRates(Rate perAddress, Rate all, Duration longestWait) {
        this.longestWaitNanos = longestWait.toNanos();
        this.held = held(perAddress, all);
    }

    /** The rates of the limits. A client that waited for all of its time could not be answered any more, so it waits for half of it. */
    public static ConnectRates of(LimitsConfig limits) {
        return new ConnectRates(
                limits.connectRatePerAddress(),
                limits.connectRate(),
                limits.connectTimeout().dividedBy(2));
    }

    /** Everybody may come at once. */
    public static ConnectRates off() {
        return new ConnectRates(Rate.OFF, Rate.OFF, Duration.ZERO);
    }

    /** Other rates hold from here on; they begin anew. */
    public void apply(LimitsConfig limits) {
        held = held(limits.connectRatePerAddress(), limits.connectRate());
    }

    /**
     * Counts a client by the rate of its address.
     *
     * @param host an IP address without port
     * @return how many nanoseconds it has to wait; or {@link #REFUSED}, and it was not counted
     */
    public long reserveOfAddress(String host, long nowNanos) {
        return held.perAddress().reserve(host, nowNanos, longestWaitNanos);
    }

    /**
     * Counts a client by the rate of all.
     *
     * @return how many nanoseconds it has to wait; or {@link #REFUSED}, and it was not counted
     */
    public long reserveOfAll(long nowNanos) {
        ConnectAdmission all = held.all();
        return all == null ? 0 : all.admit(nowNanos);
    }

    private Held held(Rate perAddress, Rate all) {
        return new Held(
                new AddressRate(perAddress),
                all.isOff() ? null : new ConnectAdmission(all, Duration.ofNanos(longestWaitNanos), System.nanoTime()));
    }
}
