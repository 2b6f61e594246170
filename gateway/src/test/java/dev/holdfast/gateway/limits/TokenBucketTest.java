// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.value.Rate;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
final class TokenBucketTest {
    /** Near the point where nanoTime overflows, which it may do at any time. */
    private static final long START = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(2);

    private long now = START;

    @Test
    void theBurstPassesAtOnceAndThenOneByOne() {
        TokenBucket bucket = new TokenBucket(Rate.parse("10/s burst 3"), now);

        assertThat(taken(bucket, 10)).isEqualTo(3);
        assertThat(bucket.nanosUntil(1, now)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(100));

        now += TimeUnit.MILLISECONDS.toNanos(99);
        assertThat(bucket.tryTake(1, now)).isFalse();
        now += TimeUnit.MILLISECONDS.toNanos(1);
        assertThat(taken(bucket, 10)).isEqualTo(1);

        now += TimeUnit.HOURS.toNanos(1);
        assertThat(taken(bucket, 10)).isEqualTo(3);
    }

    @Test
    void whatHasComeIsTakenAndWhatFollowsWaits() {
        TokenBucket bucket = new TokenBucket(Rate.parseBytes("1MiB/s burst 64KiB"), now);

        bucket.take(1 << 20, now);

        assertThat(bucket.tryTake(1, now)).isFalse();
        assertThat(bucket.nanosUntil(65_536, now)).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        now += TimeUnit.SECONDS.toNanos(1);
        assertThat(bucket.tryTake(65_536, now)).isTrue();
    }

    @Test
    void moreThanTheBurstPassesAFullBucketAndEmptiesIt() {
        TokenBucket bucket = new TokenBucket(Rate.parse("10/s"), now);

        assertThat(bucket.tryTake(1_000_000, now)).isTrue();
        assertThat(bucket.tryTake(1, now)).isFalse();
    }

    @Test
    void aRateThatIsOffLetsEverythingThrough() {
        TokenBucket bucket = new TokenBucket(Rate.OFF, now);

        bucket.take(Integer.MAX_VALUE, now);

        assertThat(taken(bucket, 1000)).isEqualTo(1000);
        assertThat(bucket.nanosUntil(Integer.MAX_VALUE, now)).isZero();
    }

    @Test
    void overAnyStretchNoMorePassesThanRateAndBurst() {
        long seed = 20261124;
        SplittableRandom random = new SplittableRandom(seed);
        TokenBucket bucket = new TokenBucket(Rate.parse("500/s burst 40"), now);

        long passed = 0;
        while (now - START < TimeUnit.SECONDS.toNanos(60)) {
            now += random.nextLong(TimeUnit.MILLISECONDS.toNanos(3));
            passed += bucket.tryTake(1, now) ? 1 : 0;
            passed += bucket.tryTake(2, now) ? 2 : 0;
        }

        assertThat(passed).as("seed %d", seed).isBetween(60 * 500L - 40, 60 * 500L + 40 + 3);
    }

    private int taken(TokenBucket bucket, int tries) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += bucket.tryTake(1, now) ? 1 : 0;
        }
        return taken;
    }
}
