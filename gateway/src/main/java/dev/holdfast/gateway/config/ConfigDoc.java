// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Key;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes what every setting is, for people: {@code config doc}. */
public final class ConfigDoc {
    private static final int WIDTH = 96;

    private ConfigDoc() {}

    /** Path, default, what is allowed, the environment variable and the meaning of every setting. */
    public static String text() {
        return settings().map(ConfigDoc::entry).collect(Collectors.joining("\n"));
    }

    /** Every setting, those within the items of lists among them. */
    static Stream<Key> settings() {
        return Key.leaves(HoldfastConfig.class, "").flatMap(ConfigDoc::withItems);
    }

    /** A list of sections, and after it the settings of one section: {@code auth.jwt.issuers[].audience}. */
    private static Stream<Key> withItems(Key key) {
        return key.isList() && Key.isSection(key.itemType())
                ? Stream.concat(
                        Stream.of(key),
                        Key.leaves(key.itemType(), key.path() + "[]").flatMap(ConfigDoc::withItems))
                : Stream.of(key);
    }

    private static String empty(Key key) {
        return key.isList() ? "[]" : "empty";
    }

    /** The default in words, and that of {@code --dev} where it is another one. */
    static String defaults(Key key) {
        String byDefault = key.defaultText(false);
        String inDev = key.defaultText(true);
        String shown = byDefault == null ? "not set" : byDefault.isEmpty() ? empty(key) : byDefault;
        return shown + (inDev == null || inDev.equals(byDefault) ? "" : ", with --dev " + inDev);
    }

    private static String entry(Key key) {
        String doc = key.doc() == null ? "" : key.doc();
        String variable = key.path().contains("[]") ? "" : "; " + key.environmentName();
        return key.path() + " (default: " + defaults(key) + ")\n"
                + ConfigText.wrap(doc, WIDTH).stream()
                        .map(line -> "    " + line + "\n")
                        .collect(Collectors.joining())
                + "    " + key.expected() + variable + "\n";
    }
}
