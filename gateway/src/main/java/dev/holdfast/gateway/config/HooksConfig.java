// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.time.Duration;

/** What listeners of lifecycle events are given. */
public record HooksConfig(
        @Doc("Events that wait for one listener at most; further ones are lost for it, and counted.")
        @Default("10000")
        @Between(min = "16", max = "1000000")
        int maxWaitingEvents,

        @Doc("How long the end of the gateway waits for a listener to take what waits for it.")
        @Default("2s")
        @Between(min = "0s", max = "1m")
        Duration closePatience) {}
