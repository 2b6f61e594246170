// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;

/** How a gateway that is to end, or to be emptied, gets rid of its clients. */
public record DrainConfig(
        @Doc(
                "How long /readyz says no before the ports close, so that every balancer has noticed: HAProxy needs 6s with its "
                        + "default of three checks, 2s apart. Clients are accepted meanwhile. Nobody connected: no notice.")
        @Default(value = "7s", dev = "0s")
        @Between(min = "0", max = "10m")
        Duration notice,

        @Doc(
                "How many clients are then moved off, in random order, so that the other gateways get their CONNECTs evenly. They "
                        + "go faster where drain.timeout would not suffice. off = all at once.")
        @Default(value = "500/s", dev = "off")
        Rate rate,

        @Doc("How long moving them off may take, after the notice.") @Default("15s") @Between(min = "100ms", max = "1h")
        Duration timeout) {}
