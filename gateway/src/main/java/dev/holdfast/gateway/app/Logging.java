// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.LogConfig;
import java.util.Locale;

/** Tells logback, which reads logback.xml at the first use of a logger, what the configuration says. */
final class Logging {
    private Logging() {}

    /** To be called before any class with a logger loads. */
    static void configure(LogConfig config) {
        System.setProperty("holdfast.log.level", config.level().name());
        System.setProperty("holdfast.log.format", config.format().name().toLowerCase(Locale.ROOT));
    }
}
