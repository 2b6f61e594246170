// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written {@code 64KiB}.
 *
 * @param bytes 0 or more
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
    private static final Pattern TEXT =
            Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB|KB|MB|GB|K|M|G)?", Pattern.CASE_INSENSITIVE);

    /** Refuses what is negative. */
    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("negative size " + bytes);
        }
    }

    /**
     * Reads {@code 512}, {@code 512B}, {@code 64KiB}, {@code 1MiB}, {@code 1GiB}. {@code 1MB} and {@code 1M} are refused: to some
     * they are 1,000,000, to others 1,048,576.
     *
     * @throws IllegalArgumentException when the text is no size
     */
    public static DataSize parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a size: " + text);
        }
        String unit = matcher.group(2) == null ? "B" : matcher.group(2).toUpperCase(Locale.ROOT);
        if (!unit.equals("B") && !unit.endsWith("IB")) {
            String exact = matcher.group(1) + unit.charAt(0) + "iB";
            throw new UnclearValueException("write " + exact + ", or the number of bytes");
        }
        int shift = switch (unit.charAt(0)) {
            case 'K' -> 10;
            case 'M' -> 20;
            case 'G' -> 30;
            default -> 0;
        };
        try {
            return new DataSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("too large a size: " + text, e);
        }
    }

    /** Whether a text is written as a size, be its unit one that is taken or not. */
    static boolean isSize(String text) {
        return TEXT.matcher(text.strip()).matches();
    }

    /**
     * The bytes as an int.
     *
     * @throws ArithmeticException beyond 2 GiB; the settings that are used so are bounded lower
     */
    public int asInt() {
        return Math.toIntExact(bytes);
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** As in the file, in the largest unit that leaves no rest. */
    @Override
    public String toString() {
        for (int shift = 30; shift > 0; shift -= 10) {
            if (bytes >= 1L << shift && (bytes & ((1L << shift) - 1)) == 0) {
                return (bytes >> shift) + ("  KMG".charAt(shift / 10 + 1) + "iB");
            }
        }
        return bytes + "B";
    }
}
