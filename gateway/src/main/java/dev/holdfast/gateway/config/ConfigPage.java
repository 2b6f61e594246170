// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Key;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes what every setting is, as the Markdown page {@code gateway/docs/configuration.md}: {@code config doc --markdown}. */
public final class ConfigPage {
    private static final String HEAD = """
            # Configuration

            <!-- Made from the code by `holdfast config doc --markdown`; a test fails when the two differ. -->

            Every setting of `holdfast.yaml`. A setting `limits.max-inflight` may come from the file, from the environment
            (`HOLDFAST_LIMITS_MAX_INFLIGHT=32`) or from the command line (`--set limits.max-inflight=32`); the later one of these counts.
            Settings whose path has `[]` stand in a list, so only the file can have them. `holdfast config default` prints a file with all
            of them, `holdfast check-config` judges one.

            What the numbers under `limits` do to a client is told in [limits](limits.md), what tokens are in [tokens](tokens.md), what can be
            changed while a gateway runs in [operating](operating.md#reload-another-configuration-without-a-restart), and what a balancer
            needs in [balancer](../../deploy/balancer/README.md).
            """;

    private ConfigPage() {}

    /** The whole page: a table for each section. */
    public static String text() {
        Map<String, List<Key>> sections = ConfigDoc.settings()
                .collect(Collectors.groupingBy(ConfigPage::section, LinkedHashMap::new, Collectors.toList()));
        return HEAD
                + sections.entrySet().stream()
                        .map(section -> table(section.getKey(), section.getValue()))
                        .collect(Collectors.joining());
    }

    private static String section(Key key) {
        int dot = key.path().indexOf('.');
        return dot < 0 ? "" : key.path().substring(0, dot);
    }

    private static String table(String section, List<Key> keys) {
        return "\n## " + (section.isEmpty() ? "The gateway as a whole" : "`" + section + "`")
                + "\n\n| setting | default | what is allowed | what it does |\n| --- | --- | --- | --- |\n"
                + keys.stream().map(ConfigPage::row).collect(Collectors.joining());
    }

    private static String row(Key key) {
        String doc = key.doc() == null ? "" : key.doc();
        return "| `" + key.path() + "` | " + ConfigDoc.defaults(key) + " | " + cell(key.expected()) + " | " + cell(doc)
                + " |\n";
    }

    /** Text in which no character means anything to Markdown that it does not mean to a reader. */
    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_");
    }
}
