// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.SessionStore.Due;
import dev.holdfast.store.session.SessionStore.WillsLeft;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Wills are published exactly once, whoever dies: who is handed them, and who is handed them again. */
interface WillContract extends SessionStoreContractPart {

    @Test
    default void aWillWithoutDelayIsHandedToWhoeverLeavesTheSessionThatLivesOn() {
        StoreClient client = StoreClient.named("c").with(Samples.will("now", Duration.ZERO));
        Attached attached = client.attach(store());

        Detached detached = Answers.of(store().detach(attached.ref(), new DetachRequest(Duration.ofHours(1), 0, true)));

        assertThat(detached.erased()).isNull();
        assertThat(Samples.text(detached.will())).isEqualTo("now");
        assertThat(Answers.present(detached.will()).connection()).isEqualTo(attached.ref());
        assertThat(willsDue()).isEmpty();
        assertThat(client.attach(store()).sessionPresent()).isTrue();
    }

    @Test
    default void aWillThatIsNotPublishedByWhoWasHandedItIsHandedOutAgainAndThenNoMore() {
        StoreClient kept = StoreClient.named("kept").with(Samples.will("kept", Duration.ZERO));
        StoreClient clean =
                StoreClient.named("clean").keptFor(Duration.ZERO).with(Samples.will("clean", Duration.ofHours(1)));
        kept.detach(store(), kept.attach(store()), 0);
        clean.detach(store(), clean.attach(store()), 0);

        time().pass(fixture().willLease());
        List<DueWill> again = Answers.of(otherProcess().sweep(10)).wills();

        assertThat(again).extracting(Samples::text).containsExactlyInAnyOrder("kept", "clean");
        assertThat(willsDue()).isEmpty();
        again.forEach(will -> Answers.of(otherProcess().willPublished(will.connection())));
        time().pass(fixture().willLease());
        assertThat(willsDue()).isEmpty();
    }

    @Test
    default void aWillThatASweepWasHandedIsHandedOutAgainIfThatGatewayDies() {
        StoreClient delayed = StoreClient.named("delayed").with(Samples.will("delayed", time().step()));
        StoreClient ended =
                StoreClient.named("ended").keptFor(time().step()).with(Samples.will("end", Duration.ofHours(1)));
        delayed.detach(store(), delayed.attach(store()), 0);
        ended.detach(store(), ended.attach(store()), 0);
        time().pass(time().step());
        Due first = Answers.of(store().sweep(10));
        assertThat(first.wills()).hasSize(1);
        assertThat(first.expired()).extracting(Erased::will).doesNotContainNull();

        time().pass(fixture().willLease());
        Due second = Answers.of(otherProcess().sweep(10));

        assertThat(second.expired()).isEmpty();
        assertThat(second.wills()).extracting(Samples::text).containsExactlyInAnyOrder("delayed", "end");
        assertThat(second.wills())
                .extracting(will -> will.will().message().id())
                .doesNotHaveDuplicates();
    }

    @Test
    default void aWillThatAnAttachWasHandedIsHandedOutAgainIfThatGatewayDies() {
        StoreClient client = StoreClient.named("c").with(Samples.will("old", Duration.ofHours(1)));
        Attached first = client.attach(store());
        client.detach(store(), first, 0);
        Erased discarded = Answers.present(
                StoreClient.named("c").cleanStart().attach(store()).discarded());
        assertThat(Answers.present(discarded.will()).connection()).isEqualTo(first.ref());
        assertThat(willsDue()).isEmpty();

        time().pass(fixture().willLease());

        assertThat(willsDue()).containsExactly("old");
    }

    @Test
    default void theWillOfADisplacedConnectionIsItsGatewaysToPublish() {
        StoreClient client = StoreClient.named("c").with(Samples.will("displaced", Duration.ZERO));
        Attached old = client.on("g1").attach(store());

        Attached now = client.on("g2").attach(otherProcess());
        DueWill will = Answers.of(store().settleWill(old.ref(), true));

        assertThat(now.sessionPresent()).isTrue();
        assertThat(Samples.text(will)).isEqualTo("displaced");
        assertThat(Answers.of(store().settleWill(old.ref(), true))).isNull();
        Answers.of(store().willPublished(old.ref()));
        time().pass(fixture().willLease());
        assertThat(willsDue()).isEmpty();
    }

    @Test
    default void theWillOfADisplacedConnectionIsDroppedIfItsClientHadSaidGoodbye() { // [MQTT-3.14.4-3]
        StoreClient client = StoreClient.named("c").with(Samples.will("never", Duration.ZERO));
        Attached old = client.on("g1").attach(store());
        client.cleanStart().on("g2").attach(otherProcess());

        assertThat(Answers.of(store().settleWill(old.ref(), false))).isNull();

        time().pass(fixture().willWord());
        assertThat(willsDue()).isEmpty();
    }

    @Test
    default void theWillOfAConnectionThatIsDisplacedFromADeadGatewayIsDueOnceAfterAWhile() {
        StoreClient resumed = StoreClient.named("resumed").with(Samples.will("no delay", Duration.ZERO));
        StoreClient begunAnew = StoreClient.named("anew").with(Samples.will("session ended", Duration.ofHours(1)));
        StoreClient clean =
                StoreClient.named("clean").keptFor(Duration.ZERO).with(Samples.will("clean", Duration.ofHours(1)));
        Attached dead = resumed.on("dead").attach(store());
        begunAnew.on("dead").attach(store());
        clean.on("dead").attach(store());

        resumed.on("g2").attach(otherProcess());
        begunAnew.cleanStart().on("g2").attach(otherProcess());
        clean.on("g2").attach(otherProcess());
        assertThat(willsDue()).isEmpty();
        time().pass(fixture().willWord());

        assertThat(willsDue()).containsExactlyInAnyOrder("no delay", "session ended", "clean");
        assertThat(Answers.of(store().settleWill(dead.ref(), true)))
                .as("for the gateway that was only slow")
                .isNull();
        assertThat(willsDue()).isEmpty();
    }

    @Test
    default void theDelayedWillOfADisplacedConnectionIsDroppedIfTheSessionIsResumed() { // [MQTT-3.1.3-9]
        StoreClient client = StoreClient.named("c").with(Samples.will("never", time().step()));
        Attached old = client.on("dead").attach(store());

        assertThat(client.on("g2").attach(otherProcess()).sessionPresent()).isTrue();

        time().pass(fixture().willWord());
        assertThat(willsDue()).isEmpty();
        assertThat(Answers.of(store().settleWill(old.ref(), true))).isNull();
    }

    @Test
    default void theWillsOfSeveralDisplacedConnectionsOfOneClientAreAllDue() {
        for (int i = 0; i < 3; i++) {
            StoreClient.named("c").with(Samples.will("w" + i, Duration.ZERO)).attach(store());
        }
        Attached last = StoreClient.named("c").attach(store());

        time().pass(fixture().willWord());

        assertThat(willsDue()).containsExactlyInAnyOrder("w0", "w1", "w2");
        assertThat(Answers.of(store().find("c")))
                .satisfies(view -> assertThat(view.epoch()).isEqualTo(last.ref().epoch()));
    }

    @Test
    default void theWillOfALiveConnectionWhoseSessionIsDestroyedIsSettledAsAfterATakeover() {
        StoreClient first = StoreClient.named("a").with(Samples.will("settled", Duration.ofHours(1)));
        StoreClient second = StoreClient.named("b").with(Samples.will("swept", Duration.ofHours(1)));
        Attached attached = first.attach(store());
        second.attach(store());

        assertThat(Answers.present(Answers.of(store().destroy("a"))).will()).isNull();
        assertThat(Answers.present(Answers.of(store().destroy("b"))).will()).isNull();

        assertThat(Samples.text(Answers.of(store().settleWill(attached.ref(), true))))
                .isEqualTo("settled");
        Answers.of(store().willPublished(attached.ref()));
        time().pass(fixture().willWord());
        assertThat(willsDue()).containsExactly("swept");
    }

    /** A sweep would publish it later, after the client has been told that it is connected. */
    @Test
    default void aWillWhoseDelayIsOverIsHandedToWhoAttachesThoughNobodySwept() {
        StoreClient client = StoreClient.named("c").with(Samples.will("late", time().step()));
        Attached first = client.attach(store());
        client.detach(store(), first, 0);
        time().pass(time().step());

        Attached attached = client.attach(otherProcess());
        WillsLeft left = Answers.of(otherProcess().willsLeft(attached.ref()));

        assertThat(attached.owesWills()).isTrue();
        assertThat(left.due()).extracting(Samples::text).containsExactly("late");
        assertThat(left.due()).extracting(DueWill::connection).containsExactly(first.ref());
        assertThat(left.othersPublish()).isFalse();
        assertThat(willsDue()).isEmpty();
        assertThat(Answers.of(store().willsLeft(attached.ref()))).isEqualTo(new WillsLeft(List.of(), true));
        Answers.of(otherProcess().willPublished(first.ref()));
        assertThat(Answers.of(otherProcess().willsLeft(attached.ref()))).isEqualTo(WillsLeft.NONE);
        assertThat(client.attach(store()).owesWills()).isFalse();
    }

    @Test
    default void whoAttachesLearnsOfTheWillsThatOthersPublish() {
        StoreClient leaving = StoreClient.named("leaving").with(Samples.will("left", Duration.ZERO));
        StoreClient ended =
                StoreClient.named("ended").keptFor(time().step()).with(Samples.will("end", Duration.ofHours(1)));
        Attached left = leaving.attach(store());
        leaving.detach(store(), left, 0);
        Attached over = ended.attach(store());
        ended.detach(store(), over, 0);
        time().pass(time().step());
        assertThat(Answers.of(store().sweep(10)).expired()).hasSize(1);

        for (Attached before : List.of(left, over)) {
            Attached attached = StoreClient.named(before.ref().clientId()).attach(otherProcess());
            assertThat(attached.owesWills()).isTrue();
            assertThat(Answers.of(otherProcess().willsLeft(attached.ref()))).isEqualTo(new WillsLeft(List.of(), true));
            Answers.of(store().willPublished(before.ref()));
            assertThat(Answers.of(otherProcess().willsLeft(attached.ref()))).isEqualTo(WillsLeft.NONE);
        }
    }

    @Test
    default void theWillOfTheConnectionThatAnAttachDisplacesIsNoEarlierOne() {
        StoreClient client = StoreClient.named("c").with(Samples.will("displaced", Duration.ZERO));
        client.attach(store());
        assertThat(client.attach(store()).owesWills()).isFalse();
        assertThat(client.attach(store()).owesWills()).as("the first one's").isTrue();
        StoreClient offline = StoreClient.named("offline").with(Samples.will("old", Duration.ofHours(1)));
        offline.detach(store(), offline.attach(store()), 0);
        assertThat(offline.cleanStart().attach(store()).owesWills()).isFalse();
    }

    private List<String> willsDue() {
        return Answers.of(store().sweep(100)).wills().stream()
                .map(Samples::text)
                .toList();
    }
}
