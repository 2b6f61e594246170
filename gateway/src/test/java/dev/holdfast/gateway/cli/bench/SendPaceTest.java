// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Times count from when something was to happen, so that a stall is seen by all that it has held up. */
final class SendPaceTest {
    @Test
    void aStallIsInTheTimesOfAllThatWereToHappenMeanwhile() throws Exception {
        Histogram times = new Measurement().times("any");

        new SendPace(1_000).run(300, () -> true, (number, intended) -> {
            if (number == 100) {
                long until = System.nanoTime() + 150_000_000;
                while (System.nanoTime() - until < 0) {
                    LockSupport.parkNanos(until - System.nanoTime());
                }
            }
            Measurement.record(times, intended);
        });

        assertThat(times.getTotalCount()).isEqualTo(300);
        // The 150 of that time wait 150 ms to none: two thirds of them 50 ms and more. A clock that began with each
        // would see one.
        assertThat(times.getCountBetweenValues(50_000_000, Long.MAX_VALUE / 4)).isGreaterThanOrEqualTo(90);
    }

    @Test
    void thingsHappenAtTheirRateAndEndWhenTheyAreTo() throws Exception {
        long begin = System.nanoTime();
        long done =
                new SendPace(1_000).run(1_000, () -> System.nanoTime() - begin < 100_000_000, (number, intended) -> {});

        assertThat(done).isBetween(20L, 110L);
    }
}
