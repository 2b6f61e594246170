// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

import java.time.Duration;
import java.util.function.LongFunction;
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

    private static final Pattern TEXT = Pattern.compile("([^/]*)/\\s*(s|m|min|h)(?:\\s+burst\\s+(.*))?");
    private static final Pattern COUNT = Pattern.compile("[0-9]{1,18}");

    /** Refuses a rate that lets nothing through. */
    public Rate {
        if (amount < 0 || per.isNegative() || per.isZero() || (amount > 0 && burst < 1)) {
            throw new IllegalArgumentException("not a rate: " + amount + " per " + per + ", burst " + burst);
        }
    }

    /**
     * Reads a rate of things that are counted, {@code 500/s}. Without {@code burst} the burst is what one period brings.
     *
     * @throws IllegalArgumentException when the text is no rate, or one of bytes
     */
    public static Rate parse(String text) {
        return parse(text, false);
    }

    /**
     * Reads a rate of bytes, {@code 1MiB/s burst 4MiB}.
     *
     * @throws IllegalArgumentException when the text is no rate
     */
    public static Rate parseBytes(String text) {
        return parse(text, true);
    }

    private static Rate parse(String text, boolean isOfBytes) {
        String stripped = text.strip();
        if (stripped.equals("off") || stripped.equals("false")) { // as which YAML may read it
            return OFF;
        }
        Matcher matcher = TEXT.matcher(stripped);
        if (!matcher.matches()) {
            if (stripped.equals("0")) {
                throw new UnclearValueException("write off for no limit");
            }
            throw new IllegalArgumentException("not a rate: " + text);
        }
        long amount = number(matcher.group(1).strip(), isOfBytes);
        Duration per = DurationText.parse("1" + matcher.group(2));
        String burst = matcher.group(3);
        long most = burst == null ? amount : number(burst.strip(), isOfBytes);
        if (amount == 0 || most == 0) {
            throw new UnclearValueException("0 lets nothing through; write off for no limit");
        }
        return new Rate(amount, per, most);
    }

    private static long number(String text, boolean isOfBytes) {
        if (isOfBytes) {
            return DataSize.parse(text).bytes();
        } else if (COUNT.matcher(text).matches()) {
            return Long.parseLong(text);
        } else if (DataSize.isSize(text)) {
            throw new UnclearValueException("this limit counts, it does not measure bytes");
        }
        throw new IllegalArgumentException("not a number: " + text);
    }

    /** Whether there is no limit. */
    public boolean isOff() {
        return amount == 0;
    }

    /** As in the file, in things that are counted. */
    @Override
    public String toString() {
        return text(Long::toString);
    }

    /** As in the file, in bytes. */
    public String toStringOfBytes() {
        return text(bytes -> new DataSize(bytes).toString());
    }

    private String text(LongFunction<String> number) {
        if (isOff()) {
            return "off";
        }
        String unit = per.toSeconds() == 1 ? "s" : per.toMinutes() == 1 ? "min" : "h";
        return number.apply(amount) + "/" + unit + (burst == amount ? "" : " burst " + number.apply(burst));
    }
}
