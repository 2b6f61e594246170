// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every attack at its full size beside 200 clients that publish 1,000 messages a second: the rows of the table in
 * {@code .github/MEASUREMENTS.md}, printed.
 */
@Tag("long")
final class AttackTableTest {
    private static final double LONGEST_P99_MILLIS = 250;

    static List<Attack> attacks() {
        List<Attack> all = new ArrayList<>(MemoryAttack.all(1));
        all.addAll(TimeAttack.all(1));
        return all;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void bystanderNoticesNothing(Attack attack) throws InterruptedException {
        Bystander.Report report = AttackRun.of(
                attack,
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=4"),
                Duration.ofSeconds(Integer.getInteger("holdfast.attack.seconds", 10)));

        System.out.println("| " + attack.title() + " | " + report.cells() + " |");
        assertThat(report.lost()).as("lost").isZero();
        assertThat(report.cut() + report.refused()).as("cut or refused").isZero();
        assertThat(report.p99Millis()).as("p99").isLessThan(LONGEST_P99_MILLIS);
    }
}
