// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Once, Redis' clock alone decided on leases: when it jumped by a minute, a gateway took all others for dead. */
final class WitnessTest {
    private static final long LEASE = 7_500;
    private static final long PERIOD = 750;

    private final Witness witness = new Witness(Duration.ofMillis(LEASE));
    private final Map<String, Long> ends = new HashMap<>();
    private long nowMillis = 5;
    private long redisMillis = 1_000_000;

    @Test
    void aStepOfRedisClockInEitherDirectionMakesNobodyLate() {
        for (long step : new long[] {0, 60_000, -60_000, 3_600_000, -3_600_000, -200, 9_000}) {
            for (int i = 0; i < 15; i++) {
                renew("a");
                renew("b");
                look();
                redisMillis += i == 7 ? step : 0;
                look();
                assertThat(witness.late()).isEmpty();
                assertThat(witness.living()).containsExactlyInAnyOrder("a", "b");
                pass(PERIOD);
            }
        }
    }

    @Test
    void aGatewayThatIsDeadIsLateWhenItsLeaseHasRunOutWhateverTheClockDoes() {
        for (long step : new long[] {0, 60_000, -60_000}) {
            renew("a");
            renew("b");
            look();
            redisMillis += step;
            long diedAt = nowMillis;
            while (witness.late().isEmpty() && nowMillis - diedAt < 3 * LEASE) {
                pass(PERIOD);
                renew("a");
                look();
            }

            assertThat(witness.late()).containsOnlyKeys("b");
            assertThat(witness.living()).containsExactly("a");
            assertThat(nowMillis - diedAt).isBetween(step > 0 ? LEASE / 2 : LEASE - PERIOD, LEASE + PERIOD);
        }
    }

    @Test
    void whoHasNotLookedForAWhileHasNotSeenALeaseStandStill() {
        renew("b");
        look();
        pass(3 * LEASE);

        look();
        assertThat(witness.late()).isEmpty();

        pass(PERIOD);
        renew("b");
        look();
        assertThat(witness.living()).containsExactly("b");
    }

    @Test
    void whoHasJustComeTakesRedisWordForLeasesThatRanOutLongAgo() {
        renew("gone");
        redisMillis += 10 * LEASE;
        renew("here");

        look();

        assertThat(witness.living()).containsExactly("here");
        assertThat(witness.late()).isEmpty();
    }

    private void renew(String gateway) {
        ends.put(gateway, redisMillis + LEASE);
    }

    private void look() {
        witness.looked(ends, redisMillis, nowMillis * 1_000_000);
    }

    private void pass(long millis) {
        nowMillis += millis;
        redisMillis += millis;
    }
}
