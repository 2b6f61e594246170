// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * So many per so long, with a burst: {@code 500/s}, {@code 20/s burst 50}, {@code 15/min}, {@code 1MiB/s}, {@code off}.
 *
 * @param amount how many in {@code per}; 0 = no limit
 * @param per more than zero
 * @param burst how many at once after a rest; at least 1 unless the rate is off
 */
public record Rate(long amount, Duration per, long burst) {
    /** No limit. */
    public static final Rate OFF = new Rate(0, Duration.ofSeconds(1), 0);

    private static final Pattern TEXT =
            Pattern.compile("([0-9]+[KMGiB]*)\\s*/\\s*(s|m|min|h)(?:\\s+burst\\s+([0-9]+[KMGiB]*))?");
    private static final long READS_BETTER_AS_SIZE = 64 * 1024;

    /** Refuses a rate that lets nothing through. */
    public Rate {
        if (amount < 0 || per.isNegative() || per.isZero() || (amount > 0 && burst < 1)) {
            throw new IllegalArgumentException("not a rate: " + amount + " per " + per + ", burst " + burst);
        }
    }

    /**
     * Reads a rate. Without {@code burst} the burst is what one period brings.
     *
     * @throws IllegalArgumentException when the text is no rate
     */
    public static Rate parse(String text) {
        String stripped = text.strip();
        if (stripped.equals("off") || stripped.equals("0") || stripped.equals("false")) {
            return OFF;
        }
        Matcher matcher = TEXT.matcher(stripped);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a rate: " + text);
        }
        long amount = DataSize.parse(matcher.group(1)).bytes();
        if (amount == 0) {
            return OFF;
        }
        Duration per = DurationText.parse("1" + matcher.group(2));
        String burst = matcher.group(3);
        return new Rate(
                amount, per, burst == null ? amount : DataSize.parse(burst).bytes());
    }

    /** Whether there is no limit. */
    public boolean isOff() {
        return amount == 0;
    }

    /** As in the file. */
    @Override
    public String toString() {
        if (isOff()) {
            return "off";
        }
        String unit = per.toSeconds() == 1 ? "s" : per.toMinutes() == 1 ? "min" : "h";
        return number(amount) + "/" + unit + (burst == amount ? "" : " burst " + number(burst));
    }

    private static String number(long value) {
        return value % READS_BETTER_AS_SIZE == 0 ? new DataSize(value).toString() : Long.toString(value);
    }
}
