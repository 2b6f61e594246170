// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.value.Rate;

/** The log, on stderr. */
public record LogConfig(
        @Doc("What is logged at least.") @Default("info") Level level,

        @Doc("Lines about connections that the gateway has closed for one reason, from one address. More are summed up "
                + "every ten seconds. With log.level debug each has its line.")
        @Default(value = "6/min burst 20", dev = "off")
        Rate endsPerAddress,

        @Doc("Lines for people, or one JSON object per line.") @Default("text")
        Format format) {
    /** How much is logged. */
    public enum Level {
        /** What needs a developer. */
        ERROR,
        /** What needs the operator. */
        WARN,
        /** What the gateway does by itself: its start and end, keys and certificates read again, connections it ends. */
        INFO,
        /** Besides, connections that end otherwise, and what is tried again. */
        DEBUG,
        /** Besides, what sockets that are gone already answer. */
        TRACE
    }

    /** How a line looks. */
    public enum Format {
        /** For people. */
        TEXT,
        /** For machines. */
        JSON
    }
}
