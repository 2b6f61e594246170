// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.time.Duration;

/** What the gateways publish themselves, below {@code $SYS}, for clients whose permissions allow it. */
public record SysConfig(
        @Doc(
                "How often each gateway publishes its figures, and one of them those of all, as retained messages below $SYS/brokers and "
                        + "$SYS/cluster. 0s: never.")
        @Default("0s")
        @Between(min = "0s", max = "1h")
        Duration interval,

        @Doc("Whether it is published who comes and goes: $SYS/brokers/GATEWAY/clients/ID/connected and disconnected.")
        @Default("false")
        boolean presence) {}
