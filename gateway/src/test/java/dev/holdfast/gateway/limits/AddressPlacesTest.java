// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How many connections an address may have, and who gives way when it has them all. */
@Tag("unit")
final class AddressPlacesTest {
    private static final String ADDRESS = "192.0.2.1";
    private static final long PATIENCE = Duration.ofMillis(500).toNanos();

    private final List<String> cut = new ArrayList<>();
    private final AddressPlaces places = new AddressPlaces(2);

    private AddressPlaces.Place arrive(String address, long nowNanos, String name) {
        return Objects.requireNonNull(places.arrive(address, nowNanos, () -> cut.add(name)));
    }

    @Test
    void connectionsBeyondThePlacesComeInToBeToldAndThenNoMore() {
        for (int i = 0; i < 2; i++) {
            assertThat(arrive(ADDRESS, 0, "first").isWithinLimit(0)).isTrue();
        }
        for (int i = 0; i < AddressPlaces.TOLD_WHY; i++) {
            assertThat(arrive(ADDRESS, 0, "told").isWithinLimit(0)).isFalse();
        }

        assertThat(places.arrive(ADDRESS, 0, () -> {})).isNull();
        assertThat(arrive("192.0.2.2", 0, "another").isWithinLimit(0)).isTrue();
        assertThat(arrive("2001:db8:0:1::1", 0, "v6").isWithinLimit(0)).isTrue();
        assertThat(arrive("2001:db8:0:1::2", 0, "v6").isWithinLimit(0)).isTrue();
        assertThat(arrive("2001:db8:0:1::3", 0, "v6").isWithinLimit(0)).isFalse();
        assertThat(cut).isEmpty();
    }

    @Test
    void theOldestThatHasSaidNothingInItsTimeGivesWayAndNobodyElse() {
        arrive(ADDRESS, 0, "client").introduced();
        arrive(ADDRESS, 1, "idle");

        AddressPlaces.Place early = arrive(ADDRESS, PATIENCE, "early");
        assertThat(cut).isEmpty();
        AddressPlaces.Place late = arrive(ADDRESS, PATIENCE + 1, "late");

        assertThat(cut).containsExactly("idle");
        early.leave();
        assertThat(late.isWithinLimit(PATIENCE + 1)).isTrue();
        assertThat(arrive(ADDRESS, PATIENCE + 2, "next").isWithinLimit(PATIENCE + 2))
                .isFalse();
    }

    @Test
    void whoWasToldToWaitGetsThePlaceOfOneThatHasGone() {
        AddressPlaces.Place first = arrive(ADDRESS, 0, "first");
        arrive(ADDRESS, 0, "second").introduced();
        AddressPlaces.Place third = arrive(ADDRESS, 0, "third");

        first.leave();
        first.leave();

        assertThat(third.isWithinLimit(0)).isTrue();
        assertThat(arrive(ADDRESS, 0, "fourth").isWithinLimit(0)).isFalse();
    }

    @Test
    void anAddressIsForgottenWithItsLastConnection() {
        AddressPlaces.Place one = arrive(ADDRESS, 0, "one");
        AddressPlaces.Place two = arrive(ADDRESS, 0, "two");
        one.introduced();
        two.introduced();

        one.leave();
        two.leave();

        assertThat(places.remembered()).isZero();
    }

    @Test
    void withoutALimitNothingIsCounted() {
        for (int i = 0; i < 100; i++) {
            AddressPlaces.Place place = AddressPlaces.UNBOUNDED.arrive(ADDRESS, 0, () -> cut.add("one"));
            assertThat(Objects.requireNonNull(place).isWithinLimit(0)).isTrue();
            place.introduced();
            place.leave();
        }
        assertThat(AddressPlaces.UNBOUNDED.remembered()).isZero();
    }
}
