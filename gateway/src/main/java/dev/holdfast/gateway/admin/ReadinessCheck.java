// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import java.util.concurrent.CompletionStage;

/** One condition under which the gateway should get connections. */
@FunctionalInterface
public interface ReadinessCheck {
    /**
     * What a check completes with when connections are welcome though something is amiss.
     *
     * @param what says what, for the operator
     */
    record Degraded(String what) {}

    /**
     * Looks. Must not block; has a second.
     *
     * @return completes when all is well, with a text that is shown if it is a String, with
     *     {@link Degraded} when nearly all is; fails with a message for the operator when it is not
     */
    CompletionStage<?> look();
}
