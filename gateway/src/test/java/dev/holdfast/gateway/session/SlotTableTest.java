// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The table of all slots, against a map of the JDK, and with readers and writers at the same time. */
@Tag("unit")
final class SlotTableTest {
    private final SlotTable table = new SlotTable();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private void put(SessionSlot slot) {
        table.compute(slot.clientId(), (id, known) -> slot);
    }

    private void remove(String clientId) {
        table.compute(clientId, (id, known) -> null);
    }

    private static SessionSlot slot(String clientId) {
        return new SessionSlot(clientId, true, 1);
    }

    @Test
    void slotIsFoundByItsClientIdentifierWhateverItsCharactersAre() {
        for (String clientId : List.of("a", "aa", "é", "漢字", "\uD83D\uDE00", " ", "x".repeat(65_535))) {
            SessionSlot slot = slot(clientId);
            assertThat(table.get(clientId)).isNull();
            put(slot);
            assertThat(table.get(clientId)).isSameAs(slot);
            assertThat(slot.clientId()).isEqualTo(clientId);
        }
        assertThat(table.get("")).isNull();
        assertThat(table.size()).isEqualTo(7);
    }

    @Test
    void changeOfOneThatIsNotThereIsNotAskedFor() {
        List<String> asked = new ArrayList<>();

        table.computeIfPresent("a", (id, known) -> {
            asked.add(id);
            return known;
        });

        assertThat(asked).isEmpty();
        assertThat(table.size()).isZero();
    }

    @Test
    void itKnowsHowManySlotsAreThatATestIsTrueOfAndOnesWithALiveSession() {
        for (int i = 0; i < 1_000; i++) {
            put(slot("c" + i));
        }
        remove("c500");

        assertThat(table.count(slot -> slot.clientId().startsWith("c5"))).isEqualTo(110);
        assertThat(table.live()).isZero();
    }

    @Test
    void tableAgreesWithAMapWhileSlotsComeGoAndAreReplaced() {
        long seed = new Random().nextLong();
        System.out.println("SlotTableTest seed " + seed);
        Random random = new Random(seed);
        Map<String, SessionSlot> model = new HashMap<>();
        for (int step = 0; step < 60_000; step++) {
            String clientId = "c" + random.nextInt(step < 30_000 ? 8_000 : 400);
            @Nullable SessionSlot before = model.get(clientId);
            @Nullable SessionSlot after = random.nextInt(3) == 0 ? null : slot(clientId);
            table.compute(clientId, (id, known) -> {
                assertThat(id).isEqualTo(clientId);
                assertThat(known).isSameAs(before);
                return after;
            });
            if (after == null) {
                model.remove(clientId);
            } else {
                model.put(clientId, after);
            }
            assertThat(table.get(clientId)).isSameAs(after);
        }

        assertThat(table.size()).isEqualTo(model.size());
        assertThat(table.stream()).containsExactlyInAnyOrderElementsOf(model.values());
        model.forEach((clientId, slot) -> assertThat(table.get(clientId)).isSameAs(slot));
    }

    @Test
    void slotTakesAtMostElevenBytesOfPlacesAndTheyAreGivenBack() {
        int fewest = table.places();
        for (int many : new int[] {100_000, 140_000, 200_000, 300_000}) {
            IntStream.range(table.size(), many).forEach(i -> put(slot("c" + i)));
            assertThat(4.0 * table.places() / many).isBetween(5.0, 11.0);
        }

        IntStream.range(0, 300_000).forEach(i -> remove("c" + i));

        assertThat(table.size()).isZero();
        assertThat(table.places()).isEqualTo(fewest);
    }

    /** One client that comes and goes for ever must not fill the table with what it leaves. */
    @Test
    void slotsThatComeAndGoDoNotMakeTheTableGrow() {
        int before = table.places();

        for (int i = 0; i < 100_000; i++) {
            put(slot("c" + i));
            remove("c" + i);
        }

        assertThat(table.places()).isEqualTo(before);
    }

    @Test
    void readersFindWhatStaysAndChangesOfOneClientAreNeverLost() throws Exception {
        List<String> staying =
                IntStream.range(0, 2_000).mapToObj(i -> "stays" + i).toList();
        staying.forEach(clientId -> put(slot(clientId)));
        AtomicBoolean over = new AtomicBoolean();
        List<Future<?>> writers = new ArrayList<>();
        for (int writer = 0; writer < 3; writer++) {
            String mark = "w" + writer + "-";
            writers.add(threads.submit(() -> {
                for (int round = 0; round < 10; round++) {
                    for (int i = 0; i < 4_000; i++) {
                        put(slot(mark + i));
                        table.compute(
                                "counted",
                                (id, known) -> new SessionSlot(id, true, known == null ? 1 : known.born() + 1));
                    }
                    for (int i = 0; i < 4_000; i++) {
                        remove(mark + i);
                    }
                }
            }));
        }
        Future<Long> reader = threads.submit(() -> {
            long reads = 0;
            while (!over.get() && !Thread.currentThread().isInterrupted()) {
                for (String clientId : staying) {
                    assertThat(table.get(clientId)).isNotNull();
                }
                assertThat(table.stream().filter(slot -> slot.clientId().startsWith("stays")))
                        .hasSize(staying.size());
                reads++;
            }
            return reads;
        });
        for (Future<?> writer : writers) {
            writer.get(60, TimeUnit.SECONDS);
        }
        over.set(true);

        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
        assertThat(table.get("counted"))
                .isNotNull()
                .satisfies(slot -> assertThat(slot.born()).isEqualTo(3L * 10 * 4_000));
        assertThat(table.size()).isEqualTo(staying.size() + 1);
    }

    /** A search that ends at an empty place answers nothing, though another slot comes into that place at this moment. */
    @Test
    void readerNeverFindsTheSlotOfAnotherClient() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Future<?> writer = threads.submit(() -> {
            for (int i = 0; i < 3_000_000; i++) {
                put(slot("w" + i));
                remove("w" + i);
            }
        });
        Future<Long> reader = threads.submit(() -> {
            long reads = 0;
            while (!over.get() && !Thread.currentThread().isInterrupted()) {
                for (int i = 0; i < 64; i++) {
                    assertThat(table.get("absent" + i) == null).isTrue();
                }
                reads++;
            }
            return reads;
        });
        writer.get(60, TimeUnit.SECONDS);
        over.set(true);

        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
    }
}
