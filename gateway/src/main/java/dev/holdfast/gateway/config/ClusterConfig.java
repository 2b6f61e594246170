// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.value.HostAndPort;
import org.jspecify.annotations.Nullable;

/** Several gateways on one Redis. */
public record ClusterConfig(
        @Doc(
                "Whether gateways tell each other directly what Redis need not keep: messages to clean sessions, and hints. A "
                        + "message that crosses gateways costs a fraction then. Links are not encrypted: auto is on with redis:// and "
                        + "off with rediss://. Without links, or where they cannot connect, everything goes by Redis.")
        @Default("auto")
        Links links,

        @Doc("Address of the listener for the other gateways. Empty: the one from which this machine reaches Redis.")
        @Default(value = "", dev = "127.0.0.1")
        String host,

        @Doc("The listener for the other gateways. 0 picks a free port.")
        @Default("0")
        @Between(min = "0", max = "65535")
        int port,

        @Doc("Where the others find that listener, host or host:port, if not at its address.") @Nullable
        String advertise)
        implements Checked {
    /** When gateways tell each other things directly. */
    public enum Links {
        /** Unless the connection to Redis is encrypted. */
        AUTO,
        /** Always. */
        ON,
        /** Never. */
        OFF
    }

    @Override
    public void check(Complaints complaints) {
        if (advertise != null && HostAndPort.of(advertise) == null) {
            complaints.about("advertise", "expected host or host:port, an IPv6 address in brackets");
        }
    }
}
