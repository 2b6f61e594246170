// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.log;

import java.time.Duration;

/**
 * The bounds of each log.
 *
 * @param maxMessages at least 1
 * @param maxBytes of message bodies, at least 1; the newest message stays though it is larger
 * @param rest for how much longer than asked for a log is kept: for sessions whose gateway has died, or could not reach the store
 */
public record LogLimits(int maxMessages, long maxBytes, Duration rest) {}
