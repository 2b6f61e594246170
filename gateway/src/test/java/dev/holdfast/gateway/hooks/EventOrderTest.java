// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.hooks.LifecycleEvent.SessionCreated;
import dev.holdfast.gateway.hooks.LifecycleEvent.SessionResumed;
import dev.holdfast.gateway.hooks.LifecycleEvent.Subject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers of the store that come crosswise are told in order. */
@Tag("unit")
final class EventOrderTest {
    private final List<Long> told = new ArrayList<>();
    private final EventOrder order = new EventOrder(event -> told.add(event.epoch()));

    @Test
    void whatIsAnsweredAloneIsToldAtOnce() {
        order.begins("c");
        order.ends("c", List.of(event("c", 1), event("c", 1)));
        order.happened("c", List.of(event("c", 2)));

        assertThat(told).containsExactly(1L, 1L, 2L);
    }

    @Test
    void anAnswerThatCameTooEarlyWaitsForTheOneBeforeIt() {
        order.begins("c");
        order.begins("c");
        order.ends("c", List.of(event("c", 1), event("c", 2)));
        order.happened("c", List.of(event("c", 3)));
        assertThat(told).isEmpty();

        order.ends("c", List.of(event("c", 1)));

        assertThat(told).containsExactly(1L, 1L, 2L, 3L);
    }

    @Test
    void anOperationThatChangedNothingHoldsNothingUp() {
        order.begins("c");
        order.begins("c");
        order.ends("c", List.of(event("c", 7)));
        order.ends("c", List.of());

        assertThat(told).containsExactly(7L);
    }

    @Test
    void otherClientsDoNotWait() {
        order.begins("slow");
        order.begins("quick");
        order.ends("quick", List.of(event("quick", 5)));

        assertThat(told).containsExactly(5L);
    }

    @Test
    void aClientThatNeverComesToRestIsToldOfNevertheless() {
        for (int i = 0; i < 100; i++) {
            order.begins("c");
            order.begins("c");
            order.ends("c", List.of(event("c", i)));
        }

        assertThat(told).hasSizeGreaterThanOrEqualTo(64).isSorted();
    }

    private static LifecycleEvent event(String clientId, long epoch) {
        Subject subject = new Subject(clientId, "", "g", epoch, Instant.EPOCH);
        return epoch == 1 ? new SessionCreated(subject) : new SessionResumed(subject);
    }
}
