// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.unit.HandMovedClock;
import dev.holdfast.gateway.unit.HandTurnedLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many steps of handshakes an I/O thread does at once, by a clock that each step moves. */
class HandshakeTurnsTest {
    private static final Duration STEP = Duration.ofNanos(200_000);

    private final HandMovedClock clock = new HandMovedClock();
    private final HandTurnedLoop loop = HandTurnedLoop.alone(clock);
    private final HandshakeTurns turns = new HandshakeTurns(loop);
    private final List<Integer> done = new ArrayList<>();

    @Test
    void ofManyThatAreReadyTogetherAFewAreDoneAtOnceAndEachOtherInASliceOfItsOwn() {
        loop.inTurn(() -> takeAll(0, 100));
        assertThat(done).as("0.5 ms of them").containsExactly(0, 1, 2);

        for (int turn = 1; turn <= 97; turn++) {
            loop.turn();
            assertThat(done).hasSize(3 + turn).last().isEqualTo(2 + turn);
        }
        assertThat(loop.turn()).as("more work").isFalse();
    }

    @Test
    void theNextTurnHasTimeOfItsOwn() {
        loop.inTurn(() -> takeAll(0, 2));
        loop.turn();
        loop.inTurn(() -> takeAll(2, 4));

        assertThat(done).containsExactly(0, 1, 2, 3);
    }

    @Test
    void whoComesLaterDoesNotOvertakeThoseWhoWait() {
        loop.inTurn(() -> takeAll(0, 5));
        loop.turn();
        loop.inTurn(() -> takeAll(5, 6));
        loop.settle();

        assertThat(done).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void aStepThatFailsLeavesTheOthersTheirTurns() {
        loop.inTurn(() -> {
            takeAll(0, 3);
            turns.take(() -> {
                throw new IllegalStateException("a broken step");
            });
            takeAll(3, 4);
        });

        assertThatThrownBy(loop::turn).hasMessage("a broken step");
        loop.inTurn(() -> takeAll(4, 5));
        loop.settle();

        assertThat(done).containsExactly(0, 1, 2, 3, 4);
    }

    private void takeAll(int from, int to) {
        for (int i = from; i < to; i++) {
            int number = i;
            turns.take(() -> {
                clock.move(STEP);
                done.add(number);
            });
        }
    }
}
