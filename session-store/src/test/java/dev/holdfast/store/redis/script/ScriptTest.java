// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ScriptTest {
    private static final Pattern COMMENT = Pattern.compile("--[^\n]*");
    private static final Pattern FIELD_BY_ITS_INDEX = Pattern.compile("local \\w+ = redis\\.call\\('HMGET'");
    private static final Pattern HMGET = Pattern.compile(
            "local ([\\w, \n]+?) =\\s*unpack\\(redis\\.call\\('HMGET',\\s*\\w+(?:\\[1\\])?,([^)]*)\\)\\)");
    private static final Pattern CONSTANT = Pattern.compile("\\b[A-Z][A-Z_]{2,}\\b(?!['(])");

    @ParameterizedTest
    @EnumSource(Script.class)
    void everyFieldOfASessionHasAName(Script script) {
        String text = COMMENT.matcher(script.text()).replaceAll("");

        assertThat(FIELD_BY_ITS_INDEX.matcher(text).results()).isEmpty();
        Matcher read = HMGET.matcher(text);
        int found = 0;
        while (read.find()) {
            found++;
            assertThat(read.group(1).split(",")).hasSameSizeAs(read.group(2).split(","));
        }
        assertThat(found).isEqualTo(text.split("'HMGET'", -1).length - 1);
    }

    @ParameterizedTest
    @EnumSource(Script.class)
    void aConstantThatJavaHasTooIsTakenFromThere(Script script) throws IOException {
        for (String part :
                List.of("prelude", "session", "queue", "seqs", script.name().toLowerCase(Locale.ROOT))) {
            assertThat(resource(part))
                    .doesNotContain(Long.toString(Expiry.NEVER_MILLIS))
                    .doesNotContain(Long.toString(Expiry.MARGIN.toMillis()))
                    .doesNotContainPattern("return \\{-\\d");
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Script.class.getResourceAsStream(name + ".lua"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @EnumSource(Script.class)
    void everyConstantThatIsUsedIsThere(Script script) {
        String text = COMMENT.matcher(script.text()).replaceAll("");
        Set<String> known = new HashSet<>(List.of("ARGV", "KEYS"));
        Pattern.compile("local ([A-Z][A-Z_, ]+) =")
                .matcher(text)
                .results()
                .forEach(line -> known.addAll(List.of(line.group(1).split(", "))));

        assertThat(CONSTANT.matcher(text.replaceAll("'[^']*'", "")).results().map(found -> found.group()))
                .isSubsetOf(known);
    }
}
