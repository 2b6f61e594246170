// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Terms of gateways that do not hear of each other. Once, two terms that began within a quarter of a second had seqs that mixed,
 * and a term that followed another one soon was ahead of the clock, so that the term of the next gateway was below it.
 */
final class TermsTest {
    private static final long APART_MILLIS = Terms.APART.toMillis();

    private long nowMillis = Instant.parse("2030-01-01T00:00:00.037Z").toEpochMilli();

    @Test
    void eachIsAStepAboveAllThatBeganHalfASecondBeforeWhoeverBeganThem() {
        Random random = new Random(7);
        List<Terms> gateways = new ArrayList<>();
        long highest = 0;
        for (int i = 0; i < 10_000; i++) {
            if (gateways.size() < 2 || random.nextInt(10) == 0) {
                gateways.add(new Terms(() -> nowMillis));
            }
            Terms one = gateways.get(random.nextInt(gateways.size()));
            one.begin();
            assertThat(one.current()).isGreaterThanOrEqualTo(highest + Terms.STEP);
            assertThat(one.isOwn()).isTrue();
            highest = one.current();
            nowMillis += APART_MILLIS + (random.nextBoolean() ? random.nextInt(2_000) : 0);
        }
    }

    @Test
    void aGatewayGoesOnAboveWhatItKnowsWhateverStepsTheClockMakes() {
        Terms terms = new Terms(() -> nowMillis);
        terms.begin();
        long begun = terms.current();
        nowMillis -= 86_400_000;

        terms.begin();
        assertThat(terms.current()).isEqualTo(begun + Terms.STEP);
        terms.heard(begun + 1_000);
        assertThat(terms.isOwn()).isFalse();
        terms.begin();
        assertThat(terms.current()).isEqualTo(begun + 1_000 + Terms.STEP);
    }
}
