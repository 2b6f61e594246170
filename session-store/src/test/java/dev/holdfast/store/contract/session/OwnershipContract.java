// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static dev.holdfast.store.contract.Answers.assertStale;
import static dev.holdfast.store.contract.Answers.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.NotOwnerException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who holds a session: session present, takeover, fencing, principals, and what a clean start erases. */
interface OwnershipContract extends SessionStoreContractPart {

    @Test
    default void aClientThatWasNeverHereHasNoSessionPresent() {
        Attached attached = StoreClient.named("c").attach(store());

        assertThat(attached.sessionPresent()).isFalse();
        assertThat(attached.displacedGateway()).isNull();
        assertThat(attached.discarded()).isNull();
        assertThat(attached.subscriptions()).isEmpty();
        assertThat(attached.inboundPacketIds()).isEmpty();
        assertThat(attached.firstSeq()).isEqualTo(attached.nextSeq()).isGreaterThanOrEqualTo(1);
    }

    @Test
    default void aSessionThatWasLeftIsPresentForAnotherProcess() {
        StoreClient client = StoreClient.named("c");
        Attached first = client.attach(store());
        Answers.of(store().subscribe(first.ref(), List.of(new Subscription("a/+", 2, true, true, 1, 77))));
        client.detach(store(), first, 0);

        Attached second = client.on("g2").attach(otherProcess());

        assertThat(second.sessionPresent()).isTrue();
        assertThat(second.displacedGateway()).isNull();
        assertThat(second.subscriptions()).containsExactly(new Subscription("a/+", 2, true, true, 1, 77));
        assertThat(second.ref().epoch()).isGreaterThan(first.ref().epoch());
    }

    @Test
    default void aTakeoverNamesTheGatewayItDisplaces() {
        StoreClient client = StoreClient.named("c");
        Attached first = client.on("g1").attach(store());

        Attached second = client.on("g2").attach(otherProcess());
        Attached third = client.on("g2").attach(otherProcess());

        assertThat(second.sessionPresent()).isTrue();
        assertThat(second.displaced())
                .isEqualTo(new DisplacedConnection("g1", first.ref().epoch(), false));
        assertThat(third.displaced())
                .isEqualTo(new DisplacedConnection("g2", second.ref().epoch(), false));
        assertThat(third.discarded()).isNull();
    }

    @Test
    default void aDisplacedOwnerChangesNothingAnyMore() {
        StoreClient client = StoreClient.named("c");
        Attached old = client.on("g1").attach(store());
        client.enqueue(store(), Samples.message("1"), 2);
        Attached now = client.on("g2").attach(otherProcess());

        assertStale(store().detach(old.ref(), new DetachRequest(Duration.ZERO, 0, true)));
        assertStale(store().subscribe(old.ref(), List.of(Subscription.of("x", 1))));
        assertStale(store().unsubscribe(old.ref(), List.of("x")));
        assertStale(store().read(old.ref(), 1, 10, 1_000));
        assertStale(store().acknowledge(old.ref(), 1, new long[0]));
        assertStale(store().release(old.ref(), 1));
        assertStale(store().holdInbound(old.ref(), 1, Samples.message("in")));
        assertStale(store().takeInbound(old.ref(), 1));
        assertStale(store().dropOtherInbound(old.ref(), 1, Samples.message("in")));
        assertStale(store().dropInbound(old.ref(), 1));

        assertThat(Samples.texts(StoreClient.readAll(otherProcess(), now))).containsExactly("1");
        assertThat(Answers.of(store().find("c"))).isNotNull().satisfies(view -> {
            assertThat(view.owner()).isEqualTo("g2");
            assertThat(view.subscriptions()).isEmpty();
            assertThat(view.expiry()).isEqualTo(Duration.ofHours(1));
        });
    }

    @Test
    default void aReferenceOfAnErasedSessionStaysStaleWhenItsClientIdReturns() {
        StoreClient clean = StoreClient.named("c").keptFor(Duration.ZERO);
        Attached gone = clean.attach(store());
        clean.detach(store(), gone, 0);
        assertStale(store().subscribe(gone.ref(), List.of(Subscription.of("x", 1))));

        Attached back = StoreClient.named("c").attach(store());

        assertThat(back.ref().epoch()).isGreaterThan(gone.ref().epoch());
        assertStale(store().subscribe(gone.ref(), List.of(Subscription.of("x", 1))));
        assertStale(store().detach(gone.ref(), new DetachRequest(Duration.ZERO, 0, true)));
    }

    @Test
    default void aCleanStartErasesWhatWasKeptAndSaysWhat() {
        StoreClient client = StoreClient.named("c");
        Attached first = client.attach(store());
        Answers.of(store().subscribe(first.ref(), List.of(Subscription.of("a", 1))));
        Answers.of(store().holdInbound(first.ref(), 9, Samples.message("in")));
        client.enqueue(store(), Samples.message("1"), 1);
        client.detach(store(), first, 0);

        Attached second = client.cleanStart().attach(otherProcess());

        assertThat(second.sessionPresent()).isFalse();
        assertThat(second.subscriptions()).isEmpty();
        assertThat(second.inboundPacketIds()).isEmpty();
        assertThat(second.firstSeq()).isEqualTo(second.nextSeq());
        assertThat(StoreClient.readAll(otherProcess(), second)).isEmpty();
        assertThat(second.discarded())
                .isEqualTo(new Erased(
                        first.ref(), "owner-of-c", Erased.End.DISCARDED, null, List.of(Subscription.of("a", 1)), null));
    }

    @Test
    default void aCleanStartOverALiveConnectionDisplacesItToo() {
        StoreClient client = StoreClient.named("c").keptFor(Duration.ZERO).cleanStart();
        Attached first = client.on("g1").attach(store());

        Attached second = client.on("g2").attach(otherProcess());

        assertThat(second.sessionPresent()).isFalse();
        assertThat(second.displacedGateway()).isEqualTo("g1");
        assertStale(store().detach(first.ref(), new DetachRequest(Duration.ZERO, 0, false)));
    }

    /** Who takes over waits for that gateway's word if a will may come of it. */
    @Test
    default void aTakeoverSaysWhetherTheDisplacedConnectionOwesItsWill() {
        StoreClient now = StoreClient.named("now").with(Samples.will("now", Duration.ZERO));
        StoreClient delayed = StoreClient.named("delayed").with(Samples.will("delayed", Duration.ofHours(1)));
        now.attach(store());
        delayed.attach(store());

        DisplacedConnection owes =
                Answers.present(now.on("g2").attach(otherProcess()).displaced());
        DisplacedConnection resumed =
                Answers.present(delayed.on("g2").attach(otherProcess()).displaced());
        DisplacedConnection ended = Answers.present(
                delayed.on("g3").cleanStart().attach(otherProcess()).displaced());

        assertThat(owes.owesWill()).isTrue();
        assertThat(resumed.owesWill())
                .as("a will with a delay, and the session goes on")
                .isFalse();
        assertThat(ended.owesWill())
                .as("it ends with its session [MQTT-3.1.3-9]")
                .isTrue();
    }

    @Test
    default void aCleanSessionEndsWithItsConnectionEvenIfTheNextOneWantsToResume() {
        Attached clean = StoreClient.named("c").keptFor(Duration.ZERO).attach(store());
        Answers.of(store().subscribe(clean.ref(), List.of(Subscription.of("a", 1))));

        Attached next = StoreClient.named("c").on("g2").attach(otherProcess());

        assertThat(next.sessionPresent()).isFalse();
        assertThat(next.displacedGateway()).isEqualTo("g1");
        assertThat(next.subscriptions()).isEmpty();
        assertThat(Answers.present(next.discarded()).end()).isEqualTo(Erased.End.DISCARDED);
        assertThat(Answers.present(next.discarded()).displaced())
                .isEqualTo(new DisplacedConnection("g1", clean.ref().epoch(), false));
    }

    @Test
    default void anotherPrincipalIsRefusedAndTheVictimNoticesNothing() {
        StoreClient victim = StoreClient.named("c");
        Attached attached = victim.attach(store());
        Answers.of(store().subscribe(attached.ref(), List.of(Subscription.of("a", 1))));
        victim.enqueue(store(), Samples.message("1"), 1);
        StoreClient thief = victim.as("somebody-else").on("g2");

        assertThat(failureOf(otherProcess().attach(thief.request()))).isInstanceOf(NotOwnerException.class);
        assertThat(failureOf(otherProcess().attach(thief.cleanStart().request())))
                .isInstanceOf(NotOwnerException.class);

        assertThat(Samples.texts(StoreClient.readAll(store(), attached))).containsExactly("1");
        assertThat(Answers.of(store().find("c"))).isNotNull().satisfies(view -> {
            assertThat(view.owner()).isEqualTo("g1");
            assertThat(view.epoch()).isEqualTo(attached.ref().epoch());
        });
    }

    @Test
    default void anotherPrincipalIsRefusedWhileTheVictimIsOffline() {
        StoreClient victim = StoreClient.named("c").with(Samples.will("late", time().steps(4)));
        Attached attached = victim.attach(store());
        victim.enqueue(store(), Samples.message("1"), 1);
        victim.detach(store(), attached, 0);

        assertThat(failureOf(store().attach(victim.as("thief").cleanStart().request())))
                .isInstanceOf(NotOwnerException.class);

        time().pass(time().steps(4));
        assertThat(Answers.of(store().sweep(10)).wills()).hasSize(1);
        assertThat(Samples.texts(StoreClient.readAll(store(), victim.attach(store()))))
                .containsExactly("1");
    }

    @Test
    default void aClientIdWhoseSessionIsGoneIsFreeForAnybody() {
        StoreClient clean = StoreClient.named("c").keptFor(Duration.ZERO);
        clean.detach(store(), clean.attach(store()), 0);

        assertThat(clean.as("somebody-else").attach(store()).sessionPresent()).isFalse();
    }

    @Test
    default void subscribingSaysWhatWasNewAndReplacesTheSameFilter() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());

        List<Boolean> first = Answers.of(
                store().subscribe(attached.ref(), List.of(Subscription.of("a", 0), Subscription.of("b", 1))));
        List<Boolean> second = Answers.of(store().subscribe(
                        attached.ref(),
                        List.of(Subscription.of("b", 2), Subscription.of("c", 1), Subscription.of("c", 0))));
        List<Boolean> removed = Answers.of(store().unsubscribe(attached.ref(), List.of("a", "a", "nothing", "c")));

        assertThat(first).containsExactly(true, true);
        assertThat(second).containsExactly(false, true, false);
        assertThat(removed).containsExactly(true, false, false, true);
        assertThat(client.attach(store()).subscriptions()).containsExactly(Subscription.of("b", 2));
    }

    @Test
    default void aDetachThatIsRepeatedChangesNothing() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());

        assertThat(client.detach(store(), attached, 0)).isNull();
        assertThat(Answers.of(store().detach(attached.ref(), new DetachRequest(Duration.ofHours(1), 0, true))))
                .isEqualTo(new Detached(null, null));
        assertThat(client.attach(store()).sessionPresent()).isTrue();
    }
}
