// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.junit.jupiter.api.Test;

/** Exceptions in the log whose words are a stranger's. */
final class PlainThrowableTest {
    @Test
    void noLineOfAnExceptionLooksLikeOneOfTheLogAndNothingTurnsIt() {
        LoggerContext loggers = new LoggerContext();
        Throwable failure = new IllegalArgumentException(
                "topic a\n2026-11-30T09:00:00.000Z INFO  Gateway Ended\r\u0085\u2028\u202eb",
                new IllegalStateException("c"));
        PlainThrowable converter = new PlainThrowable();
        converter.setContext(loggers);
        converter.start();

        String text = converter.convert(
                new LoggingEvent("", loggers.getLogger("test"), Level.ERROR, "failed", failure, null));

        assertThat(text.lines().skip(1)).isNotEmpty().allMatch(line -> line.startsWith("\t"));
        assertThat(text)
                .startsWith("java.lang.IllegalArgumentException: topic a\n\t2026-11-30")
                .contains("Ended\\u000d\\u0085\\u2028\\u202eb\n")
                .contains("\n\tCaused by: java.lang.IllegalStateException: c");
    }
}
