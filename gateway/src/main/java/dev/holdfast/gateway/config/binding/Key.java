// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import dev.holdfast.gateway.config.value.DataSize;
import dev.holdfast.gateway.config.value.Rate;
import dev.holdfast.gateway.config.value.Secret;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One setting or section: a record component seen by the name that the operator uses.
 *
 * @param path dotted, {@code limits.max-inflight}
 * @param component where it lives
 */
public record Key(String path, RecordComponent component) {
    /** The keys of one section, in the order of the record. */
    public static List<Key> of(Class<?> section, String path) {
        return Arrays.stream(section.getRecordComponents())
                .map(component -> new Key(join(path, kebab(component.getName())), component))
                .toList();
    }

    /** All settings below a section that can be addressed by a path; the items of lists and maps cannot. */
    public static Stream<Key> leaves(Class<?> section, String path) {
        return of(section, path).stream()
                .flatMap(key -> key.isSection() ? leaves(key.type(), key.path()) : Stream.of(key));
    }

    /** The path of a setting within a section; an item of a list, {@code [0]}, follows without a dot. */
    public static String join(String path, String name) {
        if (path.isEmpty() || name.isEmpty()) {
            return path + name;
        }
        return name.startsWith("[") ? path + name : path + "." + name;
    }

    private static String kebab(String camel) {
        return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /** The last word of the path. */
    public String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** {@code HOLDFAST_LIMITS_MAX_INFLIGHT}. */
    public String environmentName() {
        return "HOLDFAST_" + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** The Java type of the setting. */
    public Class<?> type() {
        return component.getType();
    }

    /** The record that it is a component of. */
    public Class<? extends Record> section() {
        return component.getDeclaringRecord().asSubclass(Record.class);
    }

    /** Whether it is a section of settings. */
    public boolean isSection() {
        return isSection(type());
    }

    /** Whether a type is a section of settings. The values that are records too ({@link DataSize}) are settings. */
    public static boolean isSection(Class<?> type) {
        return type.isRecord() && type != DataSize.class && type != Rate.class && type != Secret.class;
    }

    /** Whether the setting is a list. */
    public boolean isList() {
        return type() == List.class;
    }

    boolean isMap() {
        return type() == Map.class;
    }

    /** Whether it is a rate of bytes. */
    public boolean isOfBytes() {
        return component.isAnnotationPresent(OfBytes.class);
    }

    /**
     * Reads a value of it.
     *
     * @throws IllegalArgumentException when the text does not fit
     */
    Object parse(String text) {
        return isOfBytes() ? Rate.parseBytes(text) : Scalars.parse(type(), text);
    }

    /** The type of the items of a list or of the values of a map. */
    public Class<?> itemType() {
        var arguments = ((ParameterizedType) component.getGenericType()).getActualTypeArguments();
        return (Class<?>) arguments[arguments.length - 1];
    }

    public boolean isNullable() {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    /** The default as it is written, or null when there is none; an empty one of what may be null is none. */
    @Nullable
    public String defaultText(boolean dev) {
        Default byDefault = component.getAnnotation(Default.class);
        if (byDefault == null) {
            return null;
        }
        String text = dev && !byDefault.dev().equals(Default.SAME) ? byDefault.dev() : byDefault.value();
        return text.isEmpty() && isNullable() ? null : text;
    }

    /** The documentation of the setting, or null when there is none. */
    @Nullable
    public String doc() {
        Doc doc = component.getAnnotation(Doc.class);
        return doc == null ? null : doc.value();
    }

    /** What an error or the documentation says is allowed. */
    public String expected() {
        Between between = component.getAnnotation(Between.class);
        String range = between == null ? "" : " from " + between.min() + " to " + between.max();
        if (isList()) {
            return isSection(itemType())
                    ? "a list of sections"
                    : "a list, of which each is " + Scalars.expected(itemType());
        }
        if (isOfBytes()) {
            return "a rate of bytes such as 1MiB/s, 64KiB/s burst 1MiB or off";
        }
        return isSection() || isMap() ? "a section" : Scalars.expected(type()) + range;
    }
}
