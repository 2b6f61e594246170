// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.holdfast.store.Revocation;
import dev.holdfast.store.Revocation.Kind;
import dev.holdfast.store.RevocationStore;
import dev.holdfast.store.RevocationStore.Change;
import dev.holdfast.store.RevocationStore.Changes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole contract of a {@link RevocationStore}. Extend it and bring a store. */
public abstract class RevocationStoreContract {
    private static final int MOST = 30;
    private static final String ISSUER = "https://id.example/";
    private static final Duration LONG = Duration.ofHours(1);

    private @Nullable RevocationStoreFixture fixture;

    /** Makes an empty store with this limit for one test. */
    protected abstract RevocationStoreFixture open(int most) throws Exception;

    @BeforeEach
    final void openFixture() throws Exception {
        fixture = open(MOST);
    }

    @AfterEach
    final void closeFixture() {
        fixture().close();
        fixture = null;
    }

    @Test
    void aRevocationIsToldToWhoeverAsksAsItWasSaid() {
        Revocation token = revocation(token("jti \u00e4\0 {x} %"), LONG);
        Revocation subject = revocation(new Revocation.Key(Kind.SUBJECT, ISSUER, "ann"), LONG);
        revoke(token);
        revoke(subject);

        Changes all = since(other(), 0);

        assertThat(all.changes()).containsExactly(new Change(token, false), new Change(subject, false));
        assertThat(all.isAll()).isTrue();
    }

    @Test
    void onlyWhatHasChangedSinceIsTold() {
        revoke(revocation(token("a"), LONG));
        long before = since(other(), 0).version();
        assertThat(since(other(), before).changes()).isEmpty();
        assertThat(since(other(), before).version()).isEqualTo(before);

        Revocation later = revocation(token("b"), LONG);
        revoke(later);
        lift(token("a"));

        assertThat(since(other(), before).changes())
                .extracting(change -> change.revocation().key(), Change::lifted)
                .containsExactly(tuple(token("b"), false), tuple(token("a"), true));
    }

    @Test
    void ofSeveralChangesOfAKeyOnlyTheLastIsTold() {
        revoke(revocation(token("a"), LONG));
        lift(token("a"));
        Revocation again = revocation(token("a"), LONG.multipliedBy(2));
        revoke(again);

        assertThat(since(store(), 0).changes()).containsExactly(new Change(again, false));
    }

    @Test
    void theLaterOfTheTimesCounts() {
        Instant now = now();
        Revocation.Key ann = new Revocation.Key(Kind.SUBJECT, ISSUER, "ann");
        revoke(new Revocation(ann, now.minusSeconds(5), now.plusSeconds(500)));
        revoke(new Revocation(ann, now, now.plusSeconds(100)));

        assertThat(since(other(), 0).changes())
                .containsExactly(new Change(new Revocation(ann, now, now.plusSeconds(500)), false));
    }

    @Test
    void aTokenAndASubjectOfTheSameNameAreTwoAndSoAreTwoIssuers() {
        revoke(revocation(token("x"), LONG));
        revoke(revocation(new Revocation.Key(Kind.SUBJECT, ISSUER, "x"), LONG));
        revoke(revocation(new Revocation.Key(Kind.TOKEN, ISSUER + "x", ""), LONG));

        assertThat(lift(token("x"))).isTrue();

        assertThat(since(store(), 0).changes()).extracting(Change::lifted).containsExactly(false, false, true);
    }

    @Test
    void whatIsLiftedTwiceOrWasNeverThereIsNotFound() {
        revoke(revocation(token("a"), LONG));

        assertThat(lift(token("b"))).isFalse();
        assertThat(lift(token("a"))).isTrue();
        assertThat(lift(token("a"))).isFalse();
    }

    @Test
    void aRevocationIsForgottenAtItsEndAndSoIsThatItWasLifted() {
        revoke(revocation(token("short"), time().step()));
        revoke(revocation(token("lifted"), time().step()));
        lift(token("lifted"));
        revoke(revocation(token("long"), LONG));

        time().pass(time().steps(2));

        assertThat(since(other(), 0).changes())
                .extracting(change -> change.revocation().key())
                .containsExactly(token("long"));
        assertThat(lift(token("short"))).isFalse();
    }

    @Test
    void whatHasEndedAlreadyIsTakenAndToldToNobody() {
        assertThat(Answers.of(store().revoke(revocation(token("old"), Duration.ofMinutes(-1)))))
                .isTrue();

        assertThat(since(other(), 0).changes()).isEmpty();
    }

    @Test
    void aNewRevocationIsTheNewestAlsoWhenAllBeforeItHaveEnded() {
        revoke(revocation(token("short"), time().step()));
        long before = since(other(), 0).version();
        time().pass(time().steps(2));
        assertThat(since(other(), before).changes()).isEmpty();

        revoke(revocation(token("new"), LONG));

        assertThat(since(other(), before).changes()).hasSize(1);
    }

    @Test
    void thereIsALimitAndWhatIsThereAlreadyFitsIn() {
        for (int i = 1; i < MOST; i++) {
            revoke(revocation(token("t" + i), LONG));
        }
        revoke(revocation(
                token("short"), time().step())); // the last one: on a busy machine the others take longer than that

        assertThat(Answers.of(store().revoke(revocation(token("one more"), LONG))))
                .isFalse();
        assertThat(Answers.of(store().revoke(revocation(token("t7"), LONG)))).isTrue();
        assertThat(since(other(), 0).changes()).hasSize(MOST);
        time().pass(time().steps(2));
        assertThat(Answers.of(store().revoke(revocation(token("one more"), LONG))))
                .isTrue();
    }

    @Test
    void manyAreToldInPages() {
        for (int i = 0; i < MOST; i++) {
            revoke(revocation(token("t" + i), LONG));
        }
        List<String> told = new ArrayList<>();
        long version = 0;
        Changes page;
        do {
            page = Answers.of(other().changesSince(version, 7));
            assertThat(page.changes()).hasSizeLessThanOrEqualTo(7);
            page.changes().forEach(change -> told.add(change.revocation().key().value()));
            version = page.version();
        } while (!page.isAll());

        assertThat(told).hasSize(MOST).doesNotHaveDuplicates().startsWith("t0", "t1");
    }

    @Test
    void whoeverFollowsTheChangesEndsWithWhatAReferenceSays() {
        long seed = Long.getLong("holdfast.seed", System.nanoTime());
        Random random = new Random(seed);
        Map<Revocation.Key, Boolean> reference = new HashMap<>();
        Map<Revocation.Key, Boolean> follower = new HashMap<>();
        long version = 0;
        for (int i = 0; i < 200; i++) {
            Revocation.Key key = token("t" + random.nextInt(12));
            if (random.nextInt(3) > 0) {
                revoke(revocation(key, LONG));
                reference.put(key, true);
            } else {
                assertThat(lift(key)).as("seed %d", seed).isEqualTo(reference.getOrDefault(key, false));
                reference.computeIfPresent(key, (same, held) -> false);
            }
            if (random.nextInt(4) == 0) {
                Changes changes = since(other(), version);
                changes.changes().forEach(each -> follower.put(each.revocation().key(), !each.lifted()));
                version = changes.version();
                assertThat(follower).as("seed %d", seed).isEqualTo(reference);
            }
        }
    }

    private void revoke(Revocation revocation) {
        assertThat(Answers.of(store().revoke(revocation))).isTrue();
    }

    private boolean lift(Revocation.Key key) {
        return Answers.of(store().lift(key));
    }

    private static Changes since(RevocationStore store, long version) {
        return Answers.of(store.changesSince(version, 1000));
    }

    private Revocation revocation(Revocation.Key key, Duration lifetime) {
        return new Revocation(key, now(), now().plus(lifetime));
    }

    private static Revocation.Key token(String id) {
        return new Revocation.Key(Kind.TOKEN, ISSUER, id);
    }

    private Instant now() {
        return Instant.ofEpochMilli(time().nowMillis());
    }

    private RevocationStore store() {
        return fixture().store();
    }

    private RevocationStore other() {
        return fixture().otherProcess();
    }

    private Time time() {
        return fixture().time();
    }

    private RevocationStoreFixture fixture() {
        return Answers.present(fixture);
    }
}
