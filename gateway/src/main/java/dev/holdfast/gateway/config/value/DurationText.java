// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How durations are written: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}, {@code 7d}. */
public final class DurationText {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|min|h|d)");
    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private DurationText() {}

    /**
     * Reads a duration; ISO 8601 ({@code PT30S}) is understood too, and a bare {@code 0}.
     *
     * @throws IllegalArgumentException when the text is no duration, or a negative one
     */
    public static Duration parse(String text) {
        String stripped = text.strip();
        if (stripped.equals("0")) {
            return Duration.ZERO;
        }
        Matcher matcher = TEXT.matcher(stripped);
        try {
            if (matcher.matches()) {
                long number = Long.parseLong(matcher.group(1));
                return Duration.ofMillis(Math.multiplyExact(number, millisOf(matcher.group(2))));
            }
            Duration iso = Duration.parse(stripped);
            if (!iso.isNegative()) {
                return iso;
            }
        } catch (DateTimeParseException | ArithmeticException e) {
            throw new IllegalArgumentException("not a duration: " + text, e);
        }
        throw new IllegalArgumentException("a negative duration: " + text);
    }

    /** As in the file, in the largest unit that leaves no rest. */
    public static String of(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        for (String unit : new String[] {"d", "h", "m", "s"}) {
            if (millis % millisOf(unit) == 0) {
                return millis / millisOf(unit) + unit;
            }
        }
        return millis + "ms";
    }

    private static long millisOf(String unit) {
        return switch (unit) {
            case "ms" -> 1;
            case "s" -> SECOND;
            case "m", "min" -> MINUTE;
            case "h" -> HOUR;
            default -> DAY;
        };
    }
}
