// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

/** Is told how the readings of JWKS URLs went; for the metric. Called on threads of authentication, must not block. */
@FunctionalInterface
public interface KeyReadings {
    /** Tells nobody. */
    KeyReadings UNWATCHED = (issuer, good) -> {};

    /** One reading has ended. */
    void ended(String issuer, boolean good);
}
