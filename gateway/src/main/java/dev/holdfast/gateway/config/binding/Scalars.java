// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import dev.holdfast.gateway.config.value.DataSize;
import dev.holdfast.gateway.config.value.DurationText;
import dev.holdfast.gateway.config.value.Rate;
import dev.holdfast.gateway.config.value.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The types that one value may have: how they are read, written, and named in an error. */
public final class Scalars {
    private Scalars() {}

    /**
     * Reads one value.
     *
     * @throws IllegalArgumentException when the text does not fit the type
     */
    static Object parse(Class<?> type, String text) {
        if (type == String.class) {
            return text;
        } else if (type == boolean.class || type == Boolean.class) {
            return bool(text);
        } else if (type == int.class || type == Integer.class) {
            return Integer.parseInt(text.strip().replace("_", ""));
        } else if (type == long.class) {
            return Long.parseLong(text.strip().replace("_", ""));
        } else if (type == Duration.class) {
            return DurationText.parse(text);
        } else if (type == DataSize.class) {
            return DataSize.parse(text);
        } else if (type == Rate.class) {
            return Rate.parse(text);
        } else if (type == Secret.class) {
            return new Secret(text);
        } else if (type == Path.class) {
            return Path.of(text);
        } else if (type == URI.class) {
            return URI.create(text.strip());
        } else if (type.isEnum()) {
            return constant(type, text);
        }
        throw new IllegalStateException("a setting of type " + type + " cannot be read");
    }

    /** As in the file, unquoted. */
    public static String text(Object value) {
        if (value instanceof Duration duration) {
            return DurationText.of(duration);
        }
        return value instanceof Enum<?> constant ? kebab(constant) : value.toString();
    }

    /** What an error says was expected. */
    static String expected(Class<?> type) {
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type == int.class || type == Integer.class || type == long.class) {
            return "a whole number";
        } else if (type == Duration.class) {
            return "a duration such as 500ms, 30s, 2h or 7d";
        } else if (type == DataSize.class) {
            return "a size such as 512B, 64KiB or 1MiB";
        } else if (type == Rate.class) {
            return "a rate such as 500/s, 20/s burst 50, 15/min or off";
        } else if (type == Path.class) {
            return "a path";
        } else if (type == URI.class) {
            return "a URL";
        } else if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants()).map(Scalars::text).collect(Collectors.joining(", "));
        }
        return "a text";
    }

    private static boolean bool(String text) {
        return switch (text.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false: " + text);
        };
    }

    private static Object constant(Class<?> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> text(constant).equals(text.strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown: " + text));
    }

    private static String kebab(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
