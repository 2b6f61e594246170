// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.conformance.History.Acknowledged;
import dev.holdfast.gateway.conformance.History.Connected;
import dev.holdfast.gateway.conformance.History.Received;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The checker sees what is planted, and nothing where all is well. */
final class HistoryTest {
    private final History history = new History();

    @Test
    void nothingIsWrongWithAnHonestHistory() {
        add(new Connected("s", true, false), new Acknowledged("p", 1), new Acknowledged("p", 2));
        add(new Received("s", "p", 1), new Connected("s", false, true), new Received("s", "p", 2));

        assertThat(violations()).isEmpty();
    }

    @Test
    void aRepetitionIsAllowedAtQos1AndOldOnesMayComeAgain() {
        add(new Received("s", "p", 1), new Received("s", "p", 2), new Received("s", "p", 1), new Received("s", "p", 2));

        assertThat(violations()).isEmpty();
    }

    @Test
    void aLostMessageIsFound() {
        add(new Acknowledged("p", 1), new Acknowledged("p", 2), new Received("s", "p", 2));

        assertThat(violations()).containsExactly("lost from p to s: [1]");
    }

    @Test
    void aDuplicateAtQos2IsFound() {
        add(new Received("s", "once", 1), new Received("s", "once", 1));

        assertThat(violations()).singleElement().asString().startsWith("twice");
    }

    @Test
    void aMessageOutOfOrderIsFound() {
        add(new Received("s", "p", 2), new Received("s", "p", 1));

        assertThat(violations()).singleElement().asString().startsWith("out of order, after 2");
    }

    @Test
    void anUntrueSessionPresentIsFoundBothWays() {
        add(new Connected("s", true, true), new Connected("s", false, false));

        assertThat(violations()).hasSize(2);
    }

    private void add(History.Event... events) {
        List.of(events).forEach(history::add);
    }

    private List<String> violations() {
        return history.violations(Set.of("s"), Set.of("once"));
    }
}
