// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values in a terminal: short, in columns, and never more than text. */
final class WordsTest {
    @ParameterizedTest
    @CsvSource({"PT0.012S,12ms", "PT7S,7s", "PT5M12S,5m12s", "PT3H4M5S,3h4m", "P3DT4H,3d4h", "PT-5S,-5s"})
    void aDurationHasItsTwoLargestUnits(Duration duration, String words) {
        assertThat(Words.duration(duration)).isEqualTo(words);
    }

    @ParameterizedTest
    @CsvSource({"0,0 B", "1023,1023 B", "1536,1.5 KiB", "1073741824,1.0 GiB"})
    void aSizeHasAUnit(long bytes, String words) {
        assertThat(Words.bytes(bytes)).isEqualTo(words);
    }

    @Test
    void whatOnlyAClockThatIsOffCouldExplainIsNow() {
        Instant now = Instant.parse("2026-11-30T12:00:00Z");

        assertThat(Words.age("2026-11-30T12:00:03Z", now)).isEqualTo("0ms");
        assertThat(Words.until("2026-11-30T11:59:00Z", now)).isEqualTo("0ms");
        assertThat(Words.age(null, now)).isEqualTo("-");
    }

    @Test
    void charactersThatAreMoreThanTextAreEscapedBeyondTheBasicPlaneToo() {
        assertThat(Words.escaped("a\\b\r\n\u0085\u2028\u200f\ud83d\ude00\ud800 é"))
                .isEqualTo("a\\\\b\\u000d\\u000a\\u0085\\u2028\\u200f\ud83d\ude00\\ud800 é");
        assertThat(Words.escaped(Character.toString(0xE0001))).isEqualTo("\\udb40\\udc01");
    }

    @Test
    void aTableThatGrowsKeepsItsColumnsAndHasOneHeading() {
        StringWriter out = new StringWriter();
        Table table = new Table("NAME", ">N");
        table.row("a", 1);
        table.print(new PrintWriter(out));
        table.row("longer", 100);
        table.print(new PrintWriter(out));
        table.print(new PrintWriter(out));

        assertThat(out.toString()).isEqualToNormalizingNewlines("NAME  N\na     1\nlonger  100\n");
    }
}
