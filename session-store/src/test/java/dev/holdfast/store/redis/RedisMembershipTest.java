// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.AttachRequest;
import dev.holdfast.store.Attached;
import dev.holdfast.store.Departure;
import dev.holdfast.store.DueWill;
import dev.holdfast.store.Membership;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.QueueLimits;
import dev.holdfast.store.Reaped;
import dev.holdfast.store.SessionStore.Due;
import dev.holdfast.store.StaleSessionException;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway that dies, or only seems to: what becomes of its sessions and their wills. */
final class RedisMembershipTest {
    private static final Duration LEASE = Duration.ofMillis(400);
    private static final QueueLimits LIMITS = new QueueLimits(10, 1_000, QueueLimits.DropPolicy.DROP_OLDEST);

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;
    private RedisMembership membership;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.address()));
        store = new RedisSessionStore(connection);
        membership = new RedisMembership(connection, store, LEASE);
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    @Test
    void theSessionsOfADeadGatewayGoOfflineAndEachWillIsDueOnceThoughManyReap() {
        answer(membership.join("dead"));
        answer(membership.join("alive"));
        for (int i = 0; i < 50; i++) {
            Attached attached = attach("d" + i, "dead", i % 5 == 0 ? Duration.ZERO : Duration.ofHours(1));
            answer(store.subscribe(attached.ref(), List.of(Subscription.of("a", 1))));
            attach("l" + i, "alive", Duration.ofHours(1));
        }
        await().until(() -> {
            answer(membership.renew("alive"));
            return answer(membership.living()).equals(Set.of("alive"));
        });

        List<Reaped> reaps = new CopyOnWriteArrayList<>();
        List<CompletionStage<Integer>> reapers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            reapers.add(membership.reap(100, reaps::add));
        }
        int reaped = reapers.stream().mapToInt(RedisMembershipTest::answer).sum();
        List<CompletionStage<Due>> sweeps = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sweeps.add(store.sweep(100));
        }

        assertThat(reaped).isEqualTo(50);
        List<String> wills = new ArrayList<>();
        for (CompletionStage<Due> sweep : sweeps) {
            Due due = answer(sweep);
            due.wills().forEach(will -> wills.add(will.clientId()));
            assertThat(due.expired()).isEmpty();
        }
        assertThat(wills).hasSize(50).doesNotHaveDuplicates().allMatch(name -> name.startsWith("d"));
        assertThat(reaps).hasSize(50).allSatisfy(one -> {
            assertThat(one.gateway()).isEqualTo("dead");
            assertThat(one.principal()).isEqualTo("p");
            assertThat(one.erased()).isEqualTo(one.connection().clientId().matches("d[0-9]*[05]"));
        });
        assertThat(reaps)
                .extracting(one -> one.connection().clientId())
                .doesNotHaveDuplicates()
                .allMatch(name -> name.startsWith("d"));
        assertThat(answer(store.find("d5"))).isNull();
        assertThat(Objects.requireNonNull(answer(store.find("l7"))).owner()).isEqualTo("alive");
        assertThat(redis.keys()).doesNotContain("hf:o{dead}").contains("hf:o{alive}");
    }

    @Test
    void aGatewayThatWasOnlySlowIsFencedAndToldSo() {
        answer(membership.join("slow"));
        Attached attached = attach("c", "slow", Duration.ofHours(1));
        await().until(() -> answer(membership.reap(10, reaped -> {})) == 1);

        assertThat(answer(membership.renew("slow"))).isEqualTo(Membership.Renewal.BURIED);
        assertThat(answer(membership.join("slow"))).isFalse();
        assertThatThrownBy(() -> answer(store.subscribe(attached.ref(), List.of(Subscription.of("a", 1)))))
                .hasCauseInstanceOf(StaleSessionException.class);
        assertThat(attach("c", "other", Duration.ofHours(1)).sessionPresent()).isTrue();
    }

    @Test
    void aGatewayThatWasTakenForDeadHasTheWordOnItsWillsUntilTheyArePublished() {
        answer(membership.join("slow"));
        List<Attached> saidGoodbye =
                List.of(attach("kept", "slow", Duration.ofHours(1)), attach("clean", "slow", Duration.ZERO));
        attach("lost", "slow", Duration.ofHours(1));
        await().until(() -> answer(membership.reap(10, reaped -> {})) == 3);

        for (Attached one : saidGoodbye) {
            assertThat(answer(store.settleWill(one.ref(), false))).isNull();
        }

        assertThat(answer(store.sweep(10)).wills())
                .extracting(DueWill::clientId)
                .containsExactly("lost");
    }

    @Test
    void anOldConnectionsGoodbyeLeavesTheWillOfALaterOneAlone() {
        Attached old = attach("c", "g1", Duration.ofHours(1));
        Attached later = attach("c", "g2", Duration.ofHours(1), Duration.ofMillis(100));
        answer(store.detach(later.ref(), new Departure(Duration.ofHours(1), 0, true)));

        answer(store.settleWill(old.ref(), false));
        answer(store.settleWill(old.ref(), false));

        await().untilAsserted(() -> assertThat(answer(store.sweep(10)).wills())
                .extracting(DueWill::connection)
                .containsExactly(later.ref()));
    }

    @Test
    void aLivingGatewayIsNeverReaped() {
        answer(membership.join("g"));
        attach("c", "g", Duration.ofHours(1));
        long until = System.nanoTime() + LEASE.multipliedBy(3).toNanos();

        while (System.nanoTime() < until) {
            assertThat(answer(membership.renew("g"))).isEqualTo(Membership.Renewal.RENEWED);
            assertThat(answer(membership.reap(10, reaped -> {}))).isZero();
        }
    }

    private Attached attach(String clientId, String gateway, Duration expiry) {
        return attach(clientId, gateway, expiry, Duration.ZERO);
    }

    private Attached attach(String clientId, String gateway, Duration expiry, Duration willDelay) {
        Message message = Message.of(new MessageId(1, 1), "will", new byte[1], 1, false, 0);
        Will will = new Will(message, willDelay, Will.NO_EXPIRY);
        return answer(store.attach(new AttachRequest(clientId, "p", gateway, false, expiry, will, LIMITS)));
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
