// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;

/** Whether gateways with more clients than the others move some off by themselves. */
public record RebalanceConfig(
        @Doc(
                "Whether a gateway that has more than its share of the clients (the same number for each that is ready) moves the others "
                        + "off by itself, so that one that has come back gets its share again. For gateways of one size behind a balancer that "
                        + "does not send a client back to where it was.")
        @Default("false")
        boolean automatic,

        @Doc("How many clients each gateway then moves off.") @Default("10/s")
        Rate rate,

        @Doc(
                "How often a gateway looks whether it has more than its share. It moves nobody before two looks found the same gateways ready.")
        @Default("30s")
        @Between(min = "1s", max = "1h")
        Duration interval)
        implements Checked {
    @Override
    public void check(Complaints complaints) {
        if (rate.isOff()) {
            complaints.about("rate", "off would move all at once; expected a rate, or rebalance.automatic=false");
        }
    }
}
