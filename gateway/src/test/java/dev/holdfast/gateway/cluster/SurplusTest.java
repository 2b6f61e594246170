// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Gateways that look at each other in turns, and a balancer that sends those who were moved off somewhere. */
final class SurplusTest {
    /** Where a client goes that a gateway has moved off. */
    private interface Balancer {
        String choose(Map<String, Long> connections, String from, int nth);
    }

    private static final Balancer FEWEST = (connections, from, nth) -> connections.entrySet().stream()
            .min(Map.Entry.comparingByValue())
            .orElseThrow()
            .getKey();
    private static final Balancer TURNS =
            (connections, from, nth) -> List.copyOf(connections.keySet()).get(nth % connections.size());
    private static final Balancer WHERE_IT_WAS = (connections, from, nth) -> from;

    private final Map<String, Long> connections = new LinkedHashMap<>();
    private final Map<String, Surplus> gateways = new LinkedHashMap<>();
    private final List<Long> movedInLook = new ArrayList<>();
    private int nth;

    private void gateway(String name, long clients) {
        connections.put(name, clients);
        gateways.put(name, new Surplus());
    }

    private void looks(int count, Balancer balancer) {
        for (int look = 0; look < count; look++) {
            Map<String, Long> seen = Map.copyOf(connections);
            Map<String, Long> moves = new LinkedHashMap<>();
            gateways.forEach((name, surplus) -> {
                long some = surplus.look(name, seen);
                moves.put(name, some);
                surplus.moves(some);
                long had = Objects.requireNonNull(seen.get(name));
                assertThat(had - some)
                        .as("%s has its share", name)
                        .isGreaterThanOrEqualTo(Math.min(had, Surplus.share(seen)));
            });
            moves.forEach((name, some) -> connections.merge(name, -some, Long::sum));
            moves.forEach((name, some) -> {
                for (long i = 0; i < some; i++) {
                    connections.merge(balancer.choose(connections, name, nth++), 1L, Long::sum);
                }
            });
            movedInLook.add(moves.values().stream().mapToLong(each -> each).sum());
        }
    }

    private long moved() {
        return movedInLook.stream().mapToLong(each -> each).sum();
    }

    private long difference() {
        return Collections.max(connections.values()) - Collections.min(connections.values());
    }

    @Test
    void oneThatCameBackHasItsShareAfterOneMoveOfWhatItLacksWhereTheFewestConnectionsCount() {
        gateway("a", 150);
        gateway("b", 150);
        gateway("c", 0);

        looks(20, FEWEST);

        assertThat(connections).containsValues(100L, 100L, 100L);
        assertThat(moved()).isEqualTo(100);
        assertThat(movedInLook.get(0)).as("not at the first look").isZero();
    }

    @Test
    void whereTheBalancerTakesTurnsItComesNearerWithEachLookAndThenIsLeftAlone() {
        for (int i = 0; i < 9; i++) {
            gateway("g" + i, 110);
        }
        gateway("back", 10);

        looks(60, TURNS);
        long before = moved();
        looks(60, TURNS);

        assertThat(difference()).isLessThanOrEqualTo(20);
        assertThat(moved()).isEqualTo(before).isLessThan(1_000);
    }

    @Test
    void aDifferenceOfAFifthOfTheShareOrOfTwoClientsIsLeftAlone() {
        gateway("a", 110);
        gateway("b", 100);
        gateway("c", 91);

        looks(10, FEWEST);
        connections.replaceAll((name, clients) -> clients / 100);

        assertThat(connections).containsValues(1L, 0L);
        looks(10, FEWEST);
        assertThat(moved()).isZero();
    }

    @Test
    void clientsThatComeBackToWhereTheyWereAreMovedEverMoreSeldom() {
        gateway("a", 100);
        gateway("b", 0);

        looks(1_000, WHERE_IT_WAS);

        assertThat(movedInLook.stream().filter(each -> each > 0).count()).isBetween(5L, 16L);
        assertThat(Objects.requireNonNull(gateways.get("a")).isInVain()).isTrue();
    }

    @Test
    void aNeighbourThatAnswersLateIsNoReasonToTryMoreOften() {
        gateway("a", 100);
        gateway("b", 0);
        looks(30, WHERE_IT_WAS);
        Surplus surplus = Objects.requireNonNull(gateways.get("a"));
        assertThat(surplus.isInVain()).isTrue();

        surplus.look("a", Map.of());

        assertThat(surplus.isInVain()).isTrue();
        movedInLook.clear();
        looks(10, WHERE_IT_WAS);
        assertThat(movedInLook.stream().filter(each -> each > 0).count())
                .as("by now it waits for 15 looks and more")
                .isLessThanOrEqualTo(1);
    }

    @Test
    void nobodyIsMovedWhileGatewaysComeAndGo() {
        Surplus surplus = new Surplus();

        assertThat(surplus.look("a", Map.of("a", 100L, "b", 0L))).isZero();
        assertThat(surplus.look("a", Map.of("a", 100L, "c", 0L))).isZero();
        assertThat(surplus.look("a", Map.of())).as("one did not answer").isZero();
        assertThat(surplus.look("a", Map.of("a", 100L, "c", 0L))).isEqualTo(50);
    }

    @Test
    void aGatewayThatIsNotReadyMovesNobody() {
        Surplus surplus = new Surplus();

        surplus.look("a", Map.of("b", 0L));

        assertThat(surplus.look("a", Map.of("b", 0L))).isZero();
    }
}
