// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.StoreUnavailableException;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.check.Inspection;
import dev.holdfast.store.redis.check.ServerChecks;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.QueueLimits;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which servers are trusted with sessions, how a gateway logs in, and when a write counts as stored. */
final class RedisConnectionTest {
    private static final Duration PATIENCE = Duration.ofMillis(500);

    @Test
    void aServerThatEvictsIsRefused() {
        assertThatThrownBy(() -> check("--maxmemory-policy", "allkeys-lru"))
                .hasRootCauseInstanceOf(RedisRefusedException.class)
                .hasMessageContaining("allkeys-lru")
                .hasMessageContaining("noeviction");
    }

    @Test
    void aReplicaIsRefusedWithItsMastersAddress() {
        try (RedisProcess master = RedisProcess.start()) {
            assertThatThrownBy(() -> check("--replicaof", "127.0.0.1 " + master.port()))
                    .hasRootCauseInstanceOf(RedisRefusedException.class)
                    .hasMessageContaining("is a replica of 127.0.0.1:" + master.port());
        }
    }

    @Test
    void aVersionBelow6dot2IsRefused() throws Exception {
        assertThatThrownBy(() -> ServerChecks.check("here", Map.of("redis_version", "6.0.16"), 0))
                .isInstanceOf(RedisRefusedException.class)
                .hasMessageContaining("6.0.16");
        assertThat(ServerChecks.check("here", Map.of("redis_version", "6.2.0"), 0))
                .isEmpty();
    }

    @Test
    void theOldestRedisThatIsTakenServesSessions() {
        try (RedisProcess redis = RedisProcess.startBundled("--appendonly", "yes");
                RedisConnection connection = RedisConnection.open(RedisSettings.of(redis.address()))) {
            assertThat(redis.command("INFO", "server")).contains("redis_version:6.2.");
            assertThat(inspect(redis)).isEmpty();
            attach(connection);
            redis.kill();
            redis.restart();
            attach(connection);
        }
    }

    @Test
    void valkeyIsJudgedByTheRedisItIsCompatibleWith() throws Exception {
        // What INFO of Valkey 8.0.1 says.
        Map<String, String> info = Map.of(
                "redis_version", "7.2.4",
                "server_name", "valkey",
                "valkey_version", "8.0.1",
                "server_mode", "standalone",
                "role", "master",
                "maxmemory_policy", "noeviction",
                "aof_enabled", "1");
        assertThat(ServerChecks.check("here", info, 0)).isEmpty();

        Map<String, String> evicting = new HashMap<>(info);
        evicting.put("maxmemory_policy", "volatile-lru");
        assertThatThrownBy(() -> ServerChecks.check("here", evicting, 0)).isInstanceOf(RedisRefusedException.class);
    }

    @Test
    void tooFewReplicasForWhatIsAskedOfEachWriteAreAWarning() throws Exception {
        Map<String, String> info = Map.of("redis_version", "7.0.15", "connected_slaves", "1");
        assertThat(ServerChecks.check("here", info, 2))
                .singleElement()
                .asString()
                .contains("1 replicas of the 2");
        assertThat(ServerChecks.check("here", info, 1)).isEmpty();
    }

    @Test
    void aServerWithoutAppendOnlyFileIsAWarning() {
        assertThat(check("--appendonly", "no")).singleElement().asString().contains("appendonly yes");
        assertThat(check("--appendonly", "yes")).isEmpty();
    }

    @Test
    void anAclUserGetsInWithItsPasswordAndWritesToItsDatabaseOnly() {
        try (RedisProcess redis = RedisProcess.start()) {
            redis.command("ACL", "SETUSER", "gateway", "on", ">secret", "~hf:*", "&hf:*", "+@all");
            redis.command("CONFIG", "SET", "requirepass", "other");
            String uri = "redis://gateway:secret@127.0.0.1:" + redis.port() + "/3";
            try (RedisConnection connection = RedisConnection.open(RedisSettings.of(uri))) {
                attach(connection);
                assertThat(new RedisSessionStore(connection)
                                .find("c")
                                .toCompletableFuture()
                                .join())
                        .isNotNull();
            }
        }
    }

    @Test
    void replicatedWritesFailWithoutAReplicaAndSucceedWithOne() {
        try (RedisProcess master = RedisProcess.start();
                RedisConnection connection = RedisConnection.open(RedisSettings.of(master.address())
                        .withPatience(PATIENCE, Duration.ofSeconds(2))
                        .withDurability(new RedisSettings.Durability(1, Duration.ofMillis(200))))) {
            assertThatThrownBy(() -> attach(connection))
                    .hasCauseInstanceOf(StoreUnavailableException.class)
                    .hasStackTraceContaining("0 of 1 replicas");

            try (RedisProcess replica = RedisProcess.start("--replicaof", "127.0.0.1 " + master.port())) {
                await().until(() -> replica.command("INFO", "replication").contains("master_link_status:up"));
                attach(connection);
            }
        }
    }

    @Test
    void whileRedisIsAwayOperationsFailInTimeAndNothingElseDoes() {
        RedisProcess redis = RedisProcess.start();
        redis.kill();
        try (redis;
                RedisConnection connection = RedisConnection.open(
                        RedisSettings.of(redis.address()).withPatience(PATIENCE, Duration.ofSeconds(1)))) {
            assertThatThrownBy(() -> attach(connection)).hasCauseInstanceOf(StoreUnavailableException.class);

            redis.restart();

            await().ignoreExceptions().untilAsserted(() -> attach(connection));
        }
    }

    private static List<String> check(String... settings) {
        try (RedisProcess redis = RedisProcess.start(settings)) {
            return inspect(redis);
        }
    }

    private static List<String> inspect(RedisProcess redis) {
        try {
            return new Inspection(RedisSettings.of(redis.address()), Inspection.PATIENCE).run();
        } catch (RedisRefusedException e) {
            throw new CompletionException(e);
        }
    }

    private static void attach(RedisConnection connection) {
        QueueLimits limits = new QueueLimits(10, 1_000, QueueLimits.DropPolicy.DROP_OLDEST);
        answer(new RedisSessionStore(connection)
                .attach(new AttachRequest("c", "p", "g", false, Duration.ofHours(1), null, limits)));
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
