// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import java.util.stream.Collectors;

/** Writes what every setting is, for people: {@code config doc}. */
public final class ConfigDoc {
    private static final int WIDTH = 96;

    private ConfigDoc() {}

    /** Path, default, what is allowed, the environment variable and the meaning of every setting. */
    public static String text() {
        return Key.leaves(HoldfastConfig.class, "").map(ConfigDoc::entry).collect(Collectors.joining("\n"));
    }

    private static String entry(Key key) {
        String byDefault = key.defaultText(false);
        String inDev = key.defaultText(true);
        String shown = byDefault == null ? "not set" : byDefault.isEmpty() ? "[]" : byDefault;
        String dev = inDev == null || inDev.equals(byDefault) ? "" : ", with --dev " + inDev;
        String doc = key.doc() == null ? "" : key.doc();
        return key.path() + " (default: " + shown + dev + ")\n"
                + ConfigText.wrap(doc, WIDTH).stream()
                        .map(line -> "    " + line + "\n")
                        .collect(Collectors.joining())
                + "    " + key.expected() + "; " + key.environmentName() + "\n";
    }
}
