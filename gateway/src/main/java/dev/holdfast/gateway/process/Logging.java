// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.holdfast.gateway.config.LogConfig;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells logback, which reads logback.xml at the first use of a logger, what the configuration says. */
public final class Logging {
    /** They tell of each connection to Redis, with words of their own, what the gateway tells once. */
    private static final List<String> LIBRARIES = List.of("org.redisson", "io.netty");

    private Logging() {}

    /** What of the libraries is told. */
    private static String ofLibraries(LogConfig.Level level) {
        return level.compareTo(LogConfig.Level.DEBUG) >= 0 ? "WARN" : "OFF";
    }

    /** Changes what is logged at least, while the program runs. */
    public static void level(LogConfig.Level level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext loggers) {
            loggers.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(level.name()));
            for (String library : LIBRARIES) {
                loggers.getLogger(library).setLevel(Level.toLevel(ofLibraries(level)));
            }
        }
    }

    /** To be called before any class with a logger loads. */
    public static void configure(LogConfig config) {
        System.setProperty("holdfast.log.level", config.level().name());
        System.setProperty("holdfast.log.libraries", ofLibraries(config.level()));
        System.setProperty("holdfast.log.format", config.format().name().toLowerCase(Locale.ROOT));
    }
}
