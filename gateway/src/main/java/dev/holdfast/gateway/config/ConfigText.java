// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Binder;
import dev.holdfast.gateway.config.binding.Key;
import dev.holdfast.gateway.config.binding.Node;
import dev.holdfast.gateway.config.binding.Scalars;
import dev.holdfast.gateway.config.value.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes a configuration as the YAML that makes it; secrets are masked. */
public final class ConfigText {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/._][A-Za-z0-9/._ :-]*");
    private static final Pattern MISREAD =
            Pattern.compile("(?i).*:|.*: .*|.* |null|~|yes|no|on|off|true|false|[-+.0-9_]+");
    private static final int WIDTH = 100;

    private final boolean withDocs;
    private final StringBuilder out = new StringBuilder();

    private final boolean isDev;

    private ConfigText(boolean withDocs, boolean isDev) {
        this.withDocs = withDocs;
        this.isDev = isDev;
    }

    /**
     * With a comment on every setting, as {@code config default} prints it. Settings without a value are comments, and so are those
     * that have their default where {@code --dev} has another one, so that the file goes with {@code --dev}, too.
     */
    public static String documented(HoldfastConfig config) {
        return new ConfigText(true, config.dev()).section(config, "").out.toString();
    }

    /** Bare, as {@code config print} prints it. */
    public static String plain(HoldfastConfig config) {
        return new ConfigText(false, config.dev()).section(config, "").out.toString();
    }

    private ConfigText section(Record section, String indent) {
        for (Key key : Key.of(section.getClass(), "")) {
            Object value = ConfigLoader.valueOf(section, key.component());
            boolean isLeftToDev = withDocs && isLeftToDev(key, value);
            String doc = isLeftToDev ? key.doc() + " With --dev: " + shown(key.defaultText(true)) + "." : key.doc();
            if (withDocs && doc != null) {
                out.append(indent.isEmpty() && !out.isEmpty() ? "\n" : "");
                wrap(doc, WIDTH - indent.length() - 2)
                        .forEach(line ->
                                out.append(indent).append("# ").append(line).append('\n'));
            }
            if (value == null && withDocs && key.isSection()) {
                out.append(indent).append("# ").append(key.name()).append(":\n");
                skeleton(key.type(), "  ")
                        .forEach(line ->
                                out.append(indent).append("# ").append(line).append('\n'));
            } else if (value == null) {
                out.append(withDocs ? indent + "# " + key.name() + ":\n" : "");
            } else if (key.isSection()) {
                out.append(indent).append(key.name()).append(":\n");
                section((Record) value, indent + "  ");
            } else {
                String text = key.isOfBytes() ? ((Rate) value).toStringOfBytes() : inline(value, key.type());
                out.append(indent)
                        .append(isLeftToDev ? "# " : "")
                        .append(key.name())
                        .append(": ")
                        .append(text)
                        .append('\n');
            }
        }
        return this;
    }

    /** The lines of a section that is not there, with the defaults that it would have; of a list of sections one item. */
    private static List<String> skeleton(Class<?> section, String indent) {
        List<String> lines = new ArrayList<>();
        for (Key key : Key.of(section, "")) {
            if (key.doc() != null) {
                wrap(key.doc(), WIDTH - indent.length() - 4).forEach(line -> lines.add(indent + "# " + line));
            }
            if (key.isSection()) {
                lines.add(indent + key.name() + ":");
                lines.addAll(skeleton(key.type(), indent + "  "));
            } else if (key.isList() && Key.isSection(key.itemType())) {
                lines.add(indent + key.name() + ":");
                lines.add(indent + "  -");
                lines.addAll(skeleton(key.itemType(), indent + "    "));
            } else {
                String byDefault = key.defaultText(false);
                boolean isUnset = byDefault == null || (byDefault.isEmpty() && !key.isList());
                lines.add(indent + (isUnset ? "# " : "") + key.name() + ":"
                        + (isUnset ? "" : " " + listed(key, byDefault)));
            }
        }
        return lines;
    }

    private static String listed(Key key, @Nullable String byDefault) {
        return key.isList() ? "[" + byDefault + "]" : String.valueOf(byDefault);
    }

    /**
     * Whether a setting is better shown as a comment: it has its default, and another one with --dev. What is written counts there
     * too, so that this file, unchanged, would take all from --dev that it gives.
     */
    private boolean isLeftToDev(Key key, @Nullable Object value) {
        String byDefault = key.defaultText(false);
        return !isDev
                && value != null
                && byDefault != null
                && !byDefault.equals(key.defaultText(true))
                && value.equals(ConfigLoader.valueOf(defaults(key), key.component()));
    }

    private static Record defaults(Key key) {
        return new Binder(HoldfastConfig.class, false, new ArrayList<>())
                .section(key.section(), new Node.Mapping(Map.of(), ""), "");
    }

    private static String shown(@Nullable String text) {
        return text == null || text.isEmpty() ? "empty" : text;
    }

    /** A value on one line; sections within lists and maps in YAML's flow form. */
    private static String inline(Object value, Class<?> type) {
        if (value instanceof List<?> items) {
            return items.stream()
                    .map(item -> inline(item, item.getClass()))
                    .collect(Collectors.joining(", ", "[", "]"));
        } else if (value instanceof Map<?, ?> entries) {
            return entries.entrySet().stream()
                    .map(entry -> quoted(entry.getKey().toString()) + ": "
                            + inline(entry.getValue(), entry.getValue().getClass()))
                    .collect(Collectors.joining(", ", "{", "}"));
        } else if (Key.isSection(type)) {
            return Key.of(type, "").stream()
                    .flatMap(key -> Stream.ofNullable(ConfigLoader.valueOf((Record) value, key.component()))
                            .map(below -> key.name() + ": " + inline(below, key.type())))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        String text = Scalars.text(value);
        boolean bare = type.isPrimitive()
                || (PLAIN.matcher(text).matches() && !MISREAD.matcher(text).matches());
        return bare || value instanceof Rate ? text : quoted(text);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    static List<String> wrap(String text, int width) {
        StringBuilder wrapped = new StringBuilder();
        int column = 0;
        for (String word : text.split(" ", -1)) {
            if (column > 0 && column + 1 + word.length() > width) {
                wrapped.append('\n');
                column = 0;
            } else if (column > 0) {
                wrapped.append(' ');
                column++;
            }
            wrapped.append(word);
            column += word.length();
        }
        return wrapped.toString().lines().toList();
    }
}
