// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.HeldMemory.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One account for all kinds: exact, in the order in which kinds give way, and fair to those who hold little. */
@Tag("unit")
final class MemoryAccountTest {
    private static final long BUDGET = 256L << 20;

    private final MemoryAccount account = new MemoryAccount(new MemoryBudget(BUDGET));

    @Test
    void whatManyThreadsChargeAndGiveBackComesToZero() throws Exception {
        List<Thread> threads = new ArrayList<>();
        AtomicLong left = new AtomicLong();
        for (int i = 0; i < 8; i++) {
            int seed = i;
            Thread thread = new Thread(() -> {
                Random random = new Random(seed);
                long held = 0;
                for (int step = 0; step < 50_000; step++) {
                    int bytes = random.nextInt(10_000);
                    account.add(Kind.QUEUES, bytes);
                    held += bytes;
                    if (random.nextBoolean()) {
                        account.add(Kind.QUEUES, -held);
                        held = 0;
                    }
                }
                account.add(Kind.QUEUES, 100 - held);
                left.addAndGet(100);
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(account.held(Kind.QUEUES)).isEqualTo(left.get());
        account.settle();
        assertThat(account.held(Kind.QUEUES)).isEqualTo(left.get());
        account.add(Kind.QUEUES, -left.get());
        account.settle();
        assertThat(account.held(Kind.QUEUES)).isZero();
    }

    @Test
    void strangersGiveWayFirstThenWhatIsAskedForAnewThenPublishers() {
        long strangers = account.limit(Kind.STRANGERS);

        fillUntil(() -> account.limit(Kind.STRANGERS) < strangers / 2);
        assertThat(account.hasRoom(Kind.SESSIONS, BUDGET / 6)).as("sessions").isTrue();
        assertThat(account.hasRoom(Kind.RETAINED, BUDGET / 8)).as("retained").isTrue();
        assertThat(account.hasRoom(Kind.SUBSCRIPTIONS, BUDGET / 6))
                .as("subscriptions")
                .isTrue();

        fillUntil(() -> !account.hasRoom(Kind.SESSIONS, BUDGET / 6));
        assertThat(account.hasRoom(Kind.RETAINED, BUDGET / 8)).as("retained").isFalse();
        assertThat(account.hasRoom(Kind.SUBSCRIPTIONS, BUDGET / 6))
                .as("subscriptions")
                .isFalse();
        assertThat(account.isShort()).as("publishers are read").isFalse();
        assertThat(account.hasRoom(Kind.QUEUES, BUDGET / 20)).as("queues").isTrue();

        fillUntil(account::isShort);
        assertThat(account.hasRoom(Kind.QUEUES, BUDGET / 20)).as("queues").isFalse();
    }

    @Test
    void whatIsSetAsideForAKindIsThereWhenOthersHaveTakenTheRest() {
        fillUntil(() -> !account.hasRoom(Kind.QUEUES, 1));

        for (Kind kind : Kind.values()) {
            if (kind != Kind.QUEUES) {
                assertThat(account.hasRoom(kind, BUDGET / 128)).as("%s", kind).isTrue();
                account.add(kind, BUDGET / 128);
            }
        }
        long all = 0;
        for (Kind kind : Kind.values()) {
            all += account.held(kind);
        }
        assertThat(all).isLessThan(BUDGET);
    }

    @Test
    void manyWhoHoldAsMuchAsTheyMayLeaveRoomToOneWhoHoldsLittle() {
        int owners = 100;
        long[] held = new long[owners];
        boolean grew = true;
        while (grew) {
            grew = false;
            for (int i = 0; i < owners; i++) {
                if (held[i] + 10_000 <= account.mostOfOne(Kind.QUEUES)) {
                    account.add(Kind.QUEUES, 10_000);
                    held[i] += 10_000;
                    grew = true;
                }
            }
        }

        assertThat(held[0]).isGreaterThan(500_000);
        assertThat(account.mostOfOne(Kind.QUEUES)).isGreaterThan(500_000);
        assertThat(account.hasRoom(Kind.QUEUES, 5_000_000)).isTrue();
    }

    @Test
    void aRefusalIsToldByItsKind() {
        List<Kind> refused = new ArrayList<>();

        new MemoryAccount(new MemoryBudget(BUDGET), refused::add).refused(Kind.RETAINED);

        assertThat(refused).containsExactly(Kind.RETAINED);
    }

    private void fillUntil(BooleanSupplier enough) {
        for (long filled = 0; filled < BUDGET && !enough.getAsBoolean(); filled += 100_000) {
            account.add(Kind.QUEUES, 100_000);
        }
        assertThat(enough.getAsBoolean()).isTrue();
    }
}
