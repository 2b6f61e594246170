// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * What time it is, and how far it may be off.
 *
 * @param clock the clock
 * @param skew by how much an issuer's clock may differ
 */
record TimeRules(InstantSource clock, Duration skew) {
    Instant now() {
        return clock.instant();
    }
}
