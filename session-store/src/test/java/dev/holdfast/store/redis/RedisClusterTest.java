// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The cluster that other tests break: what the rig mends is Redis' doing, not the gateways'. */
final class RedisClusterTest {
    @Test
    void aMasterThatDoesNotKnowASlotOfItsOwnAnyMoreIsGivenItBack() {
        try (RedisCluster cluster = RedisCluster.start()) {
            await().atMost(Duration.ofSeconds(20)).until(cluster::isWhole);
            RedisProcess last = cluster.masters().get(2);
            last.command("CLUSTER", "DELSLOTS", last.command("CLUSTER", "KEYSLOT", "a"));
            assertThat(cluster.isWhole()).isFalse();

            cluster.mend();

            await().atMost(Duration.ofSeconds(20)).until(cluster::isWhole);
        }
    }
}
