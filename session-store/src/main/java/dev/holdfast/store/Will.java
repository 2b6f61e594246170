// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.time.Duration;

/**
 * What is to be published if a client goes without saying goodbye (MQTT 5.0 section 3.1.2.5).
 *
 * @param message the Will Message; its expiry, if any, begins when it is published, so it is kept as {@code expiry}
 * @param delay the Will Delay Interval; zero publishes at once
 * @param expiry the Message Expiry Interval of the Will Message, or {@link #NO_EXPIRY}
 */
public record Will(Message message, Duration delay, Duration expiry) {
    /** The value of {@link #expiry()} of a will that never expires. */
    public static final Duration NO_EXPIRY = Duration.ofSeconds(Long.MAX_VALUE);
}
