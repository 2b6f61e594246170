// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Subscription;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is known of who wants a topic: as long as it is true, and no more of it than the bound. */
@Tag("unit")
final class AudienceCacheTest {
    private final Routes routes = new Routes(SharedStrategy.ROUND_ROBIN, Neighbours.NONE, HeldMemory.UNCOUNTED, 0);

    @BeforeEach
    void threeSessionsWantEverything() {
        for (String client : new String[] {"a", "b", "c"}) {
            subscribe(client, "#");
        }
    }

    private void subscribe(String client, String filter) {
        routes.learn(new SessionSlot(client, true, 1), new Subscription(filter, 1, false, false, 0, 0));
    }

    private static Audience find(AudienceCache cache, String topic) {
        return Objects.requireNonNull(cache.find(topic, Integer.MAX_VALUE, Debtor.NOBODY));
    }

    @Test
    void audienceIsKnownUntilTheRoutesChange() {
        AudienceCache cache = new AudienceCache(routes, 1, 100);
        Audience before = find(cache, "t");
        assertThat(find(cache, "t")).isSameAs(before);

        subscribe("d", "t");

        assertThat(before.kept()).hasSize(3);
        assertThat(find(cache, "t").kept()).hasSize(4);
    }

    /** Its routes may be there for a while longer. */
    @Test
    void sessionThatIsGoneIsInNoAudience() {
        SessionSlot gone = new SessionSlot("d", true, 1);
        routes.learn(gone, new Subscription("t", 1, false, false, 0, 0));
        AudienceCache cache = new AudienceCache(routes, 1, 100);
        assertThat(find(cache, "t").kept()).hasSize(4);

        gone.withdraw();
        routes.moved();

        assertThat(find(cache, "t").kept()).hasSize(3);
    }

    /** It was bounded by topics alone: with thousands of members in each audience the heap was not enough. */
    @Test
    void audiencesOfManyMembersAreForgottenSooner() {
        AudienceCache cache = new AudienceCache(routes, 1, 8);
        Audience first = find(cache, "1");
        Audience second = find(cache, "2");
        assertThat(find(cache, "1")).isSameAs(first);

        Audience third = find(cache, "3");

        assertThat(find(cache, "3")).isSameAs(third);
        assertThat(find(cache, "1")).isNotSameAs(first);
        assertThat(find(cache, "2")).isNotSameAs(second);
    }

    @Test
    void oneAudienceMayHaveMoreMembersThanTheBound() {
        AudienceCache cache = new AudienceCache(routes, 1, 2);

        assertThat(find(cache, "t")).isSameAs(find(cache, "t"));
    }
}
