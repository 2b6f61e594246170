// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.unit.HandMovedClock;
import dev.holdfast.store.TicketKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Which of the keys that gateways share makes tickets, and what holds while the store is away. */
class TicketRotationTest {
    private static final Duration PERIOD = Duration.ofSeconds(30);

    private final HandMovedClock clock = new HandMovedClock();
    private final List<List<Integer>> used = new ArrayList<>();
    private CompletableFuture<List<TicketKey>> answer = new CompletableFuture<>();
    private int asked;
    private final TicketRotation rotation = new TicketRotation(
            fresh -> {
                asked++;
                return answer;
            },
            PERIOD,
            () -> clock.elapsed().toNanos(),
            Runnable::run,
            keys -> used.add(keys.stream().map(key -> (int) key.bytes()[0]).toList()));

    @Test
    void aNewKeyMakesTicketsWhenEveryGatewayHasHadTwoLooksAtTheStore() {
        tells(key(2, Duration.ofSeconds(59)), key(1, Duration.ofHours(4)));
        assertThat(used).containsExactly(List.of(1, 2));

        tells(key(2, Duration.ofSeconds(60)), key(1, Duration.ofHours(4)));
        assertThat(used).last().isEqualTo(List.of(2, 1));
    }

    @Test
    void theOnlyKeyMakesTicketsAtOnceAndOfSeveralNewOnesTheOldest() {
        tells(key(1, Duration.ZERO));
        assertThat(used).containsExactly(List.of(1));

        tells(key(3, Duration.ZERO), key(2, Duration.ofSeconds(1)), key(1, Duration.ofSeconds(2)));
        assertThat(used).last().isEqualTo(List.of(1, 3, 2));
    }

    @Test
    void nothingIsUsedBeforeTheStoreHasAnswered() {
        fails();
        rotation.look();
        rotation.look();

        assertThat(used).isEmpty();
    }

    @Test
    void whileTheStoreDoesNotAnswerItIsNotAskedAgain() {
        rotation.look();
        rotation.look();
        assertThat(asked).isEqualTo(1);

        answer.complete(List.of(key(1, Duration.ZERO)));
        assertThat(used).containsExactly(List.of(1));
        rotation.look();
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void whileTheStoreIsAwayKeysHoldUntilTheirTimeIsOverAndThenOneOfItsOwnDoes() {
        tells(key(2, Duration.ofHours(1)), key(1, Duration.ofHours(5)));
        clock.move(Duration.ofHours(6));
        fails();
        assertThat(used).last().isEqualTo(List.of(2, 1));

        clock.move(Duration.ofHours(2));
        fails();
        assertThat(used).last().isEqualTo(List.of(2));

        answer = new CompletableFuture<>();
        clock.move(Duration.ofHours(4));
        rotation.look(); // asks, and gets no answer
        rotation.look();
        assertThat(used.get(used.size() - 1)).hasSize(1).doesNotContain(1, 2);
    }

    private void tells(TicketKey... keys) {
        answer = CompletableFuture.completedFuture(List.of(keys));
        rotation.look();
    }

    private void fails() {
        answer = CompletableFuture.failedFuture(new IllegalStateException("away"));
        rotation.look();
    }

    private static TicketKey key(int number, Duration age) {
        byte[] bytes = new byte[TicketKey.LENGTH];
        Arrays.fill(bytes, (byte) number);
        return new TicketKey(bytes, age);
    }
}
