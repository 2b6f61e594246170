// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static dev.holdfast.store.contract.Answers.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.TooManySessionsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How many kept sessions one principal may have. */
interface BoundContract extends SessionStoreContractPart {
    String PRINCIPAL = "issuer|subject";

    @Test
    default void aPrincipalHasNoMoreKeptSessionsThanItMayHave() {
        ofTwo("a").attach(store());
        ofTwo("b").attach(otherProcess());

        assertRefused(ofTwo("c"), store());
        assertRefused(ofTwo("c").cleanStart(), otherProcess());

        assertThat(Answers.of(store().find("c"))).isNull();
        StoreClient.named("c").oneOf(2, "somebody else").attach(store());
    }

    @Test
    default void oneThatIsThereIsResumedTakenOverAndBegunAnewThoughThereIsNoRoomForMore() {
        StoreClient client = ofTwo("a");
        client.attach(store());
        ofTwo("b").attach(store());

        Attached resumed = client.on("g2").attach(otherProcess());
        Attached anew = client.cleanStart().attach(otherProcess());

        assertThat(resumed.sessionPresent()).isTrue();
        assertThat(anew.sessionPresent()).isFalse();
        assertRefused(ofTwo("c"), store());
    }

    @Test
    default void cleanSessionsAreNotCounted() {
        ofTwo("a").attach(store());
        ofTwo("b").attach(store());
        for (int i = 0; i < 5; i++) {
            ofTwo("clean-" + i).keptFor(Duration.ZERO).attach(store());
        }
        assertRefused(ofTwo("c"), store());
    }

    @Test
    default void whoeverIsRefusedHasDisplacedNobody() {
        ofTwo("a").attach(store());
        ofTwo("b").attach(store());
        Attached clean = ofTwo("c").keptFor(Duration.ZERO).attach(store());

        assertRefused(ofTwo("c").on("g2"), otherProcess());

        assertThat(Answers.of(store().subscribe(clean.ref(), List.of(Subscription.of("t", 1)))))
                .containsExactly(true);
    }

    @Test
    default void everyEndOfASessionMakesRoomForAnother() {
        ofTwo("a").attach(store());
        StoreClient left = ofTwo("left");
        Answers.of(store().detach(left.attach(store()).ref(), new DetachRequest(Duration.ZERO, 0, false)));
        StoreClient destroyed = ofTwo("destroyed");
        destroyed.attach(store());
        assertRefused(ofTwo("c"), store());
        Answers.of(otherProcess().destroy("destroyed"));
        StoreClient replaced = ofTwo("replaced");
        replaced.attach(store());
        assertRefused(ofTwo("c"), store());
        replaced.cleanStart().keptFor(Duration.ZERO).attach(store());

        ofTwo("c").attach(otherProcess());

        assertRefused(ofTwo("d"), store());
    }

    @Test
    default void aSessionThatHasExpiredMakesRoomWhenItIsSwept() {
        StoreClient expired = ofTwo("expired").keptFor(time().step());
        ofTwo("a").attach(store());
        expired.detach(store(), expired.attach(store()), 0);
        time().pass(time().steps(2));
        assertThat(Answers.of(otherProcess().sweep(10)).expired()).hasSize(1);

        ofTwo("c").attach(store());

        assertRefused(ofTwo("d"), store());
    }

    @Test
    default void anExpiredSessionOfSomebodyElseIsReplacedOnlyWhereThereIsRoom() {
        StoreClient former = StoreClient.named("x").oneOf(1, "former").keptFor(time().step());
        former.detach(store(), former.attach(store()), 0);
        ofTwo("a").attach(store());
        time().pass(time().steps(2));

        ofTwo("x").attach(store());

        assertRefused(ofTwo("c"), store());
        StoreClient.named("y").oneOf(1, "former").attach(store());
    }

    @Test
    default void ofManyAtOnceOnlySoManyGetOne() {
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            SessionStore store = i % 2 == 0 ? store() : otherProcess();
            all.add(store.attach(
                            StoreClient.named("many-" + i).oneOf(7, PRINCIPAL).request())
                    .handle((attached, failure) -> attached != null)
                    .toCompletableFuture());
        }

        assertThat(all.stream().filter(Answers::of)).hasSize(7);
    }

    private static StoreClient ofTwo(String clientId) {
        return StoreClient.named(clientId).oneOf(2, PRINCIPAL);
    }

    private static void assertRefused(StoreClient client, SessionStore store) {
        assertThat(failureOf(store.attach(client.request()))).isInstanceOf(TooManySessionsException.class);
    }
}
