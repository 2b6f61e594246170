// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.session.outbound.InflightWindow.State;
import dev.holdfast.store.session.QueuedMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in flight is counted, however far apart it is. */
@Tag("unit")
final class InflightWindowTest {
    private static final int IDENTIFIERS = 65_535;
    private static final List<State> STATES = List.of(State.values());

    /** It counted the span from the first that was not acknowledged, so that one message could hold up all others. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 64})
    void oneThatIsNeverAcknowledgedTakesOnePlaceUntilItsIdentifierComesRoundAgain(int capacity) {
        InflightWindow window = new InflightWindow(capacity);
        window.sent(1, State.AWAITING_PUBACK);
        for (long seq = 2; seq <= IDENTIFIERS; seq++) {
            assertThat(window.hasRoomFor(seq)).as("room for %s", seq).isTrue();
            window.sent(seq, State.AWAITING_PUBACK);
            assertThat(window.seqOf(QueuedMessage.packetId(seq, QueuedMessage.IDENTIFIERS)))
                    .isEqualTo(seq);
            window.move(seq, State.DONE);
        }

        assertThat(window.hasRoomFor(IDENTIFIERS + 1)).isFalse();
        assertThat(window.room()).isZero();
        assertThat(window.first()).isEqualTo(1);
        assertThat(window.seqOf(1)).isEqualTo(1);
        window.move(1, State.DONE);
        assertThat(window.isEmpty()).isTrue();
        assertThat(window.hasRoomFor(IDENTIFIERS + 1)).isTrue();
        assertThat(window.first()).isEqualTo(IDENTIFIERS + 1);
    }

    @Test
    void whateverIsSentAndFinishedInWhateverOrderTheCountIsRight() {
        for (long seed = 0; seed < 80; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int capacity = 1 + random.nextInt(80);
            InflightWindow window = new InflightWindow(capacity);
            window.startAt(1 + random.nextLong(200_000));
            long start = window.next();
            TreeMap<Long, State> model = new TreeMap<>();
            TreeMap<Long, Long> leapt = new TreeMap<>();
            for (int step = 0; step < 400; step++) {
                long next = window.next() + (random.nextInt(5) == 0 ? random.nextInt(4) : 0);
                boolean leaps = random.nextInt(40) == 0;
                next += leaps ? 10_000 + random.nextLong(random.nextBoolean() ? 200_000 : 1L << 44) : 0;
                int packetId = QueuedMessage.packetId(next, QueuedMessage.IDENTIFIERS);
                boolean isTaken = model.keySet().stream()
                        .anyMatch(seq -> QueuedMessage.packetId(seq, QueuedMessage.IDENTIFIERS) == packetId);
                boolean room = model.isEmpty() || (model.size() < capacity && !isTaken);
                assertThat(window.hasRoomFor(next))
                        .as("seed %s step %s", seed, step)
                        .isEqualTo(room);
                if (room && random.nextInt(3) > 0) {
                    State state = STATES.get(random.nextInt(STATES.size()));
                    if (leaps) {
                        leapt.put(window.next(), next);
                    }
                    window.sent(next, state);
                    if (state != State.DONE) {
                        model.put(next, state);
                    }
                } else if (!model.isEmpty()) {
                    List<Long> open = new ArrayList<>(model.keySet());
                    long seq = open.get(random.nextInt(4) == 0 ? 0 : random.nextInt(open.size()));
                    State state = STATES.get(random.nextInt(STATES.size()));
                    window.move(seq, state);
                    if (state == State.DONE) {
                        model.remove(seq);
                    } else {
                        model.put(seq, state);
                    }
                }
                if (random.nextInt(10) == 0) {
                    window.rest();
                }
                long first = model.isEmpty() ? window.next() : model.firstKey();
                assertThat(window.first()).isEqualTo(first);
                assertThat(window.isEmpty()).isEqualTo(model.isEmpty());
                for (long seq = Math.max(start, window.next() - 100); seq < window.next(); seq++) {
                    assertThat(window.state(seq)).isEqualTo(model.getOrDefault(seq, State.DONE));
                }
                model.keySet()
                        .forEach(seq -> assertThat(window.seqOf(QueuedMessage.packetId(seq, QueuedMessage.IDENTIFIERS)))
                                .isEqualTo(seq));
                assertThat(window.doneBeyond())
                        .containsExactly(withoutLeaps(first, window.next(), leapt)
                                .filter(seq -> !model.containsKey(seq))
                                .toArray());
            }
        }
    }

    /** What had been in flight before a leap held up all behind it, or was looked for at a place where it was not. */
    @Test
    void whatIsInFlightOnBothSidesOfALeapIsFoundByItsIdentifier() {
        InflightWindow window = new InflightWindow(3);
        window.sent(7, State.AWAITING_PUBACK);
        long behind = 7 + 65_535L * 1_000_000 + 1;

        assertThat(window.hasRoomFor(behind)).isTrue();
        assertThat(window.isFree(behind - 1)).isFalse();
        window.sent(behind, State.AWAITING_PUBCOMP);
        assertThat(window.room()).isEqualTo(1);
        assertThat(window.seqOf(7)).isEqualTo(7);
        assertThat(window.seqOf(8)).isEqualTo(behind);
        assertThat(window.seqOf(9)).isEqualTo(-1);
        assertThat(window.doneBeyond()).isEmpty();
        window.move(behind, State.DONE);
        assertThat(window.doneBeyond()).containsExactly(behind);
        assertThat(window.first()).isEqualTo(7);
    }

    private static LongStream withoutLeaps(long from, long to, SortedMap<Long, Long> leaps) {
        LongStream all = LongStream.empty();
        long at = from;
        for (Map.Entry<Long, Long> leap : leaps.entrySet()) {
            if (leap.getValue() <= at || leap.getKey() >= to) {
                continue;
            }
            all = LongStream.concat(all, LongStream.range(at, Math.max(at, leap.getKey())));
            at = leap.getValue();
        }
        return LongStream.concat(all, LongStream.range(at, Math.max(at, to)));
    }
}
