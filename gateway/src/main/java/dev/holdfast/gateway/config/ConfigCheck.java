// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Complaints;

/** A check that needs more than the settings themselves: their files, or the parts that will read them. */
@FunctionalInterface
public interface ConfigCheck {
    /**
     * Looks at a whole configuration and says what would keep a gateway from starting with it. Opens nothing and
     * connects to nobody.
     *
     * @param config with defaults in place of what could not be read
     */
    void check(HoldfastConfig config, Complaints complaints);
}
