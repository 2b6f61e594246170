// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The limits with a clock in the test's hand. */
@Tag("unit")
class LimitsTest {
    private static final long SECOND = 1_000_000_000L;
    // Just before it wraps around, as nanoTime may.
    private static final long START = Math.subtractExact(Long.MAX_VALUE, SECOND);

    @Test
    void anAddressThatFailedTooOftenStaysAwayUntilOneFailureIsPaidOff() {
        FailedLogins limit = new FailedLogins(10, Duration.ofMinutes(1));
        for (int i = 0; i < 10; i++) {
            assertThat(limit.waitFor("192.0.2.1", START)).isZero();
            limit.failed("192.0.2.1", START);
        }

        assertThat(limit.waitFor("192.0.2.1", START)).isEqualTo(Duration.ofSeconds(6));
        assertThat(limit.waitFor("192.0.2.2", START)).isZero();
        assertThat(limit.waitFor("192.0.2.1", START + 5 * SECOND)).isEqualTo(Duration.ofSeconds(1));
        assertThat(limit.waitFor("192.0.2.1", START + 6 * SECOND)).isZero();
    }

    @Test
    void aFloodOfFailuresDoesNotLockAnAddressOutForLong() {
        FailedLogins limit = new FailedLogins(10, Duration.ofMinutes(1));
        for (int i = 0; i < 100_000; i++) {
            limit.failed("192.0.2.1", START);
        }

        assertThat(limit.waitFor("192.0.2.1", START + 6 * SECOND)).isZero();
    }

    @Test
    void whoDoesTheSameAgainAndAgainWaitsTwiceAsLongEachTimeUpToABoundAndIsForgotten() {
        GrowingDelay delay = new GrowingDelay(Duration.ofSeconds(1), Duration.ofSeconds(6), Duration.ofMinutes(1));
        long now = START;
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Duration next = delay.next("a", now);
            seconds.add(next.toSeconds());
            now += next.toNanos() + SECOND;
        }

        assertThat(seconds).containsExactly(0L, 1L, 2L, 4L, 6L, 6L);
        assertThat(delay.next("b", now)).isZero();
        assertThat(delay.next("a", now + 60 * SECOND)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:/64",
        "2001:DB8:0001:2::9%eth0, 2001:db8:1:2:/64",
        "2001:db8::1, 2001:db8:0:0:/64",
        "::1, 0:0:0:0:/64",
        "1::2:3:4:5:6, 1:0:0:2:/64",
        "not:an, not:an:0:0:/64",
        "nonsense, nonsense"
    })
    void anIpv6ClientIsCountedByItsNetwork(String address, String key) {
        assertThat(AddressKey.of(address)).isEqualTo(key);
    }

    @Test
    void connectsBeyondTheRateQueueInOrderAndAreRefusedBeyondTheLongestWait() {
        ConnectAdmission admission = new ConnectAdmission(100, Duration.ofSeconds(2), START);
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            waits.add(admission.admit(START));
        }

        assertThat(waits.subList(0, 100)).containsOnly(0L);
        assertThat(waits.subList(100, 300)).isSorted().doesNotHaveDuplicates().doesNotContain(ConnectAdmission.REFUSED);
        assertThat(waits.get(100)).isEqualTo(SECOND / 100);
        assertThat(waits.get(299)).isEqualTo(2 * SECOND);
        assertThat(waits.subList(300, 400)).containsOnly(ConnectAdmission.REFUSED);
        assertThat(admission.admit(START + SECOND)).isNotNegative();
        assertThat(admission.admit(START + 10 * SECOND)).isZero();
    }

    @Test
    void connectsOfOneAddressQueueInOrderAndHoldUpNobodyElse() {
        AddressRate rate = new AddressRate(Rate.parse("20/s burst 50"));
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            waits.add(rate.reserve("192.0.2.1", START, 5 * SECOND / 2));
        }

        assertThat(waits.subList(0, 50)).containsOnly(0L);
        assertThat(waits.subList(50, 100)).isSorted().doesNotHaveDuplicates();
        assertThat(waits.get(50)).isEqualTo(SECOND / 20);
        assertThat(waits.get(99)).isEqualTo(5 * SECOND / 2);
        assertThat(waits.subList(100, 120)).containsOnly(-1L);
        assertThat(rate.reserve("192.0.2.2", START, 0)).isZero();
        assertThat(rate.reserve("192.0.2.1", START + SECOND, 5 * SECOND / 2)).isEqualTo(SECOND * 31 / 20);
    }

    @Test
    void noPlaceInTheQueueIsGivenTwice() throws Exception {
        ConnectAdmission admission = new ConnectAdmission(10, Duration.ofSeconds(100), START);
        ConcurrentLinkedQueue<Long> waits = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int n = 0; n < 250; n++) {
                    waits.add(admission.admit(START));
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(waits.stream().filter(wait -> wait > 0)).hasSize(990).doesNotHaveDuplicates();
    }

    @Test
    void twoTabsWithOneClientIdAreSlowedDownToOneTakeoverPerInterval() {
        SameIdStorm storm = new SameIdStorm(3, Duration.ofSeconds(5), Duration.ofSeconds(10));
        long now = START;
        int immediate = 0;
        int turnedAway = 0;
        for (int i = 0; i < 60; i++) {
            long wait = storm.takeover("tab", now);
            immediate += wait == 0 ? 1 : 0;
            turnedAway += wait < 0 ? 1 : 0;
            now += SECOND / 4;
        }

        assertThat(immediate).isEqualTo(3);
        assertThat(turnedAway).isGreaterThan(40);
        assertThat(storm.takeover("phone", now)).isZero();
        assertThat(storm.takeover("tab", now + 60 * SECOND)).isZero();
    }

    @Test
    void aPhoneThatChangesItsNetworkNowAndThenIsNotSlowedDown() {
        SameIdStorm storm = new SameIdStorm(3, Duration.ofSeconds(5), Duration.ofSeconds(10));

        for (int i = 0; i < 100; i++) {
            assertThat(storm.takeover("phone", START + 6L * i * SECOND)).isZero();
        }
    }

    @Test
    void aMillionRandomIdentifiersAndAddressesAreForgottenAgain() {
        SameIdStorm storm = new SameIdStorm(3, Duration.ofSeconds(5), Duration.ofSeconds(10));
        AddressRate rate = new AddressRate(Rate.parse("20/s"));
        FailedLogins failures = new FailedLogins(10, Duration.ofMinutes(1));

        for (int i = 0; i < 1_000_000; i++) {
            storm.takeover("id-" + i, i);
            if (i % 4 == 0) {
                String address = (i >> 24) + "." + (i >> 16 & 0xFF) + "." + (i >> 8 & 0xFF) + "." + (i & 0xFF);
                storm.displaced("other-" + i, i);
                rate.tryTake(address, i);
                failures.failed(address, i);
            }
        }

        assertThat(storm.remembered()).isLessThanOrEqualTo(100_000);
        assertThat(rate.remembered()).isLessThanOrEqualTo(100_000);
        assertThat(failures.remembered()).isLessThanOrEqualTo(100_000);
    }

    @Test
    void takeoversOfOtherGatewaysCountForWhoeverComesNext() {
        SameIdStorm storm = new SameIdStorm(2, Duration.ofSeconds(5), Duration.ofSeconds(1));
        assertThat(storm.entry("tab", 0)).isZero();
        storm.displaced("tab", 0);
        assertThat(storm.entry("tab", 0)).isZero();
        storm.displaced("tab", 0);

        assertThat(storm.entry("tab", 0)).isEqualTo(-1);
        assertThat(storm.entry("tab", SECONDS.toNanos(4) + 500_000_000L)).isEqualTo(500_000_000L);
        assertThat(storm.entry("other", 0)).isZero();
    }
}
