// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Values as people read them in a terminal. */
public final class Words {
    private static final long KIBI = 1024;
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long SECOND_MILLIS = 1_000;

    private Words() {}

    /**
     * A text of a stranger on one line: what could end the line, move the cursor or show the text in another order is
     * written as in Java, with a backslash, u and four hexadecimal digits; a backslash is doubled.
     */
    public static String escaped(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(each -> {
            switch (Character.getType(each)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR,
                        Character.SURROGATE -> appendEscaped(line, each);
                default -> {
                    if (each == '\\') {
                        line.append('\\');
                    }
                    line.appendCodePoint(each);
                }
            }
        });
        return line.toString();
    }

    private static void appendEscaped(StringBuilder line, int codePoint) {
        for (char unit : Character.toChars(codePoint)) {
            line.append(String.format("\\u%04x", (int) unit));
        }
    }

    /** A duration in its two largest units: {@code 3d4h}, {@code 5m12s}, {@code 7s}, {@code 12ms}. */
    public static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        if (duration.isNegative()) {
            return "-" + duration(duration.negated());
        }
        if (seconds == 0) {
            return duration.toMillis() + "ms";
        }
        if (seconds < MINUTE) {
            return seconds + "s";
        }
        if (seconds < HOUR) {
            return seconds / MINUTE + "m" + seconds % MINUTE + "s";
        }
        if (seconds < DAY) {
            return seconds / HOUR + "h" + seconds % HOUR / MINUTE + "m";
        }
        return seconds / DAY + "d" + seconds % DAY / HOUR + "h";
    }

    /** How long ago an instant in ISO 8601 was; {@code -} for none. */
    public static String age(@Nullable String instant, Instant now) {
        return instant == null ? "-" : duration(nonNegative(Duration.between(Instant.parse(instant), now)));
    }

    /** How long it is until an instant in ISO 8601; {@code -} for none. */
    public static String until(@Nullable String instant, Instant now) {
        return instant == null ? "-" : duration(nonNegative(Duration.between(now, Instant.parse(instant))));
    }

    /** Clocks of two machines differ: what is to have been is not told as what is to come. */
    private static Duration nonNegative(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }

    /** A number of bytes: {@code 512 B}, {@code 1.5 KiB}. */
    public static String bytes(long bytes) {
        if (bytes < KIBI) {
            return bytes + " B";
        }
        double value = bytes;
        String unit = "B";
        for (String next : new String[] {"KiB", "MiB", "GiB", "TiB"}) {
            if (value < KIBI) {
                break;
            }
            value /= KIBI;
            unit = next;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, unit);
    }

    /** Milliseconds with as many digits as matter: {@code 0.042}, {@code 1.25}, {@code 103}. */
    public static String millis(long nanos) {
        double millis = nanos / 1e6;
        return String.format(Locale.ROOT, millis < 1 ? "%.3f" : millis < 100 ? "%.2f" : "%.0f", millis);
    }

    /** One thing, or several: {@code 1 message}, {@code 3 messages}. */
    public static String count(long number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }

    /** Seconds as an option would be written. */
    public static String seconds(long seconds) {
        return duration(Duration.ofMillis(seconds * SECOND_MILLIS));
    }
}
