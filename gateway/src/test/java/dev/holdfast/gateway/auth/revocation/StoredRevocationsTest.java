// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.unit.HandMovedClock;
import dev.holdfast.store.Revocation;
import dev.holdfast.store.memory.MemoryRevocationStore;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The copy of the revocations that a gateway has at hand. */
@Tag("unit")
final class StoredRevocationsTest {
    private final HandMovedClock clock = new HandMovedClock();
    private final MemoryRevocationStore store = new MemoryRevocationStore(clock, 10);

    @Test
    void whatHasEndedIsForgottenWithinAMinuteByWhoHasRevokedAndByWhoHasHeardOfIt() {
        StoredRevocations here = new StoredRevocations(store, clock);
        StoredRevocations there = new StoredRevocations(store, clock);
        here.revoke(revocation("brief", Duration.ofSeconds(20)));
        here.revoke(revocation("long", Duration.ofHours(1)));
        there.look();
        assertThat(here.size()).isEqualTo(2);
        assertThat(there.size()).isEqualTo(2);

        clock.move(Duration.ofMinutes(1));
        here.look();
        there.look();

        assertThat(here.newest(2)).extracting(each -> each.key().value()).containsExactly("long");
        assertThat(there.newest(2)).extracting(each -> each.key().value()).containsExactly("long");
    }

    private Revocation revocation(String subject, Duration holds) {
        return new Revocation(
                new Revocation.Key(Revocation.Kind.SUBJECT, "issuer", subject),
                clock.instant(),
                clock.instant().plus(holds));
    }
}
