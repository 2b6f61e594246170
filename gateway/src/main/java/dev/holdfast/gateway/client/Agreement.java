// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.config.LimitsConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What was agreed upon when a connection was accepted.
 *
 * @param keepAliveSeconds nothing may be silent for longer than one and a half of it; 0 for no limit
 * @param expiry the session expiry interval, which DISCONNECT may change
 * @param wantsWords whether the client wants to be told in words why something is refused (MQTT 5.0 section 3.1.2.11.7)
 * @param authenticationMethod the method the client began with, which a re-authentication must repeat, or null
 */
public record Agreement(
        int keepAliveSeconds,
        Duration expiry,
        boolean wantsWords,
        @Nullable String authenticationMethod) {

    /** The same with another session expiry interval. */
    Agreement withExpiry(Duration changed) {
        return new Agreement(keepAliveSeconds, changed, wantsWords, authenticationMethod);
    }

    /**
     * Whether a client has shown no life for one and a half keep alive intervals [MQTT-3.1.2-22]. A packet that never
     * becomes whole is no life, however its bytes drip in; with keep alive 0 the longest one bounds it.
     *
     * @param silentForMillis milliseconds since anything came
     * @param insideAPacketFor seconds since the last whole packet, while one has begun; 0 otherwise
     */
    public boolean isOverdue(long silentForMillis, int insideAPacketFor, LimitsConfig limits) {
        long forAPacket =
                keepAliveSeconds > 0 ? keepAliveSeconds : limits.maxKeepAlive().toSeconds();
        return (keepAliveSeconds > 0 && silentForMillis * 2 > keepAliveSeconds * 3_000L)
                || insideAPacketFor * 2L > forAPacket * 3;
    }
}
