// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.util.concurrent.CompletionStage;

/** Hears that a store may have lost what it had acknowledged last, since what keeps it was replaced or restarted. */
@FunctionalInterface
public interface StoreDoubt {
    /**
     * Has whatever is live re-asserted ({@code SessionStore.reassert}).
     *
     * @param why for the operator
     * @return done when it has been submitted; until then, for some seconds at the most, the store does nothing else
     */
    CompletionStage<?> doubted(String why);
}
