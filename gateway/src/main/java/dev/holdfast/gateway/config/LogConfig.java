// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

/** The log, on stderr. */
public record LogConfig(
        @Doc("What is logged at least.") @Default("info") Level level,

        @Doc("Lines for people, or one JSON object per line.") @Default("text")
        Format format) {
    /** How much is logged. */
    public enum Level {
        /** What needs a developer. */
        ERROR,
        /** What needs the operator. */
        WARN,
        /** One line per connection and disconnection. */
        INFO,
        /** One line per packet, never its payload. */
        DEBUG,
        /** Everything. */
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
