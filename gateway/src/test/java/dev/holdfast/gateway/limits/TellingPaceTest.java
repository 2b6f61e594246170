// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What can be brought about thousands of times a second is told once in a while, and how often it was. */
@Tag("unit")
final class TellingPaceTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final TellingPace pace = new TellingPace(Duration.ofSeconds(1), 5);

    @Test
    void theFirstTimeIsToldAndThenOneInEachPeriodWithTheNumberOfOthers() {
        assertThat(pace.happened(5)).isZero();
        for (int i = 1; i <= 6_560; i++) {
            assertThat(pace.happened(5 + i)).isNegative();
        }

        assertThat(pace.happened(5 + SECOND)).isEqualTo(6_560);
        assertThat(pace.happened(6 + SECOND)).isNegative();
        assertThat(pace.happened(5 + 2 * SECOND)).isEqualTo(1);
        assertThat(pace.happened(5 + 3 * SECOND)).isZero();
    }
}
