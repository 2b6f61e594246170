// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static dev.holdfast.store.contract.Answers.assertStale;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionStore.Due;
import dev.holdfast.store.session.SessionStore.RoutePage;
import dev.holdfast.store.session.SessionStore.Routed;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sessions from outside: find, routes, destroy. */
interface ViewContract extends SessionStoreContractPart {

    @Test
    default void aSessionIsSeenAsItStands() {
        StoreClient client = StoreClient.named("c").on("g3");
        Attached attached = client.attach(store());
        Answers.of(store().subscribe(attached.ref(), List.of(Subscription.of("a", 1))));
        client.enqueue(store(), Samples.ofSize(70), 1);
        client.enqueue(store(), Samples.ofSize(30), 0);

        assertThat(Answers.of(otherProcess().find("c")))
                .isEqualTo(new SessionView(
                        "c",
                        "owner-of-c",
                        "g3",
                        attached.ref().epoch(),
                        attached.born(),
                        Duration.ofHours(1),
                        List.of(Subscription.of("a", 1)),
                        2,
                        100,
                        0,
                        null,
                        false,
                        null,
                        QueuedMessage.IDENTIFIERS,
                        List.of()));
        assertThat(Answers.of(store().find("nobody"))).isNull();
    }

    @Test
    default void anOfflineSessionIsSeenWithoutOwner() {
        StoreClient client = StoreClient.named("c");
        client.detach(store(), client.attach(store()), 0);

        assertThat(Answers.of(store().find("c")))
                .isNotNull()
                .satisfies(view -> assertThat(view.owner()).isNull());
    }

    @Test
    default void theRoutesPageThroughEveryKeptSessionThatSubscribes() {
        List<Routed> expected = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            StoreClient client = StoreClient.named("c" + i);
            Attached attached = client.attach(store());
            List<Subscription> subscriptions = List.of(Subscription.of("a/" + i, 1), Subscription.of("b", 2));
            Answers.of(store().subscribe(attached.ref(), subscriptions));
            expected.add(new Routed("c" + i, attached.born(), subscriptions));
            if (i % 2 == 0) {
                client.detach(store(), attached, 0);
            }
        }
        StoreClient.named("without").attach(store());
        StoreClient gone = StoreClient.named("unsubscribed");
        Attached unsubscribed = gone.attach(store());
        Answers.of(store().subscribe(unsubscribed.ref(), List.of(Subscription.of("x", 1))));
        Answers.of(store().unsubscribe(unsubscribed.ref(), List.of("x")));
        Attached clean = StoreClient.named("clean").keptFor(Duration.ZERO).attach(store());
        Answers.of(store().subscribe(clean.ref(), List.of(Subscription.of("x", 1))));

        List<Routed> found = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            RoutePage page = Answers.of(otherProcess().routes(cursor, 4));
            found.addAll(page.sessions());
            cursor = page.nextCursor();
        }

        assertThat(found)
                .usingRecursiveFieldByFieldElementComparator()
                .usingRecursiveComparison()
                .ignoringCollectionOrder()
                .isEqualTo(expected);
    }

    /** Many are read at once, but no more than others can wait for: the rest of them is read after that. */
    @Test
    default void theRoutesOfWideSessionsComeWhole() {
        List<Subscription> wide = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            wide.add(new Subscription("wide/\u00fc/" + i, i % 3, i % 2 == 0, i % 5 == 0, i % 3, i % 4 == 0 ? i : 0));
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Attached attached = StoreClient.named("wide" + i).attach(store());
            Answers.of(store().subscribe(attached.ref(), wide));
            expected.add("wide" + i);
        }

        List<String> found = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            RoutePage page = Answers.of(otherProcess().routes(cursor, 500));
            for (Routed each : page.sessions()) {
                found.add(each.clientId());
                assertThat(each.subscriptions()).containsExactlyInAnyOrderElementsOf(wide);
            }
            cursor = page.nextCursor();
        }

        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    default void destroyErasesWhoeverOwnsTheSession() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        Answers.of(store().subscribe(attached.ref(), List.of(Subscription.of("a", 1))));

        Erased erased = Answers.of(otherProcess().destroy("c"));

        assertThat(erased)
                .isEqualTo(new Erased(
                        attached.ref(),
                        "owner-of-c",
                        Erased.End.DESTROYED,
                        new DisplacedConnection("g1", attached.ref().epoch(), false),
                        List.of(Subscription.of("a", 1)),
                        null));
        assertThat(Answers.of(store().find("c"))).isNull();
        assertThat(Answers.of(store().routes("", 10)).sessions()).isEmpty();
        assertStale(store().read(attached.ref(), 1, 1, 1));
        assertThat(Answers.of(store().destroy("c"))).isNull();
        assertThat(client.attach(store()).sessionPresent()).isFalse();
    }

    @Test
    default void destroyingAnOfflineSessionMakesItsWaitingWillDueNow() {
        StoreClient client = StoreClient.named("c").keptFor(time().steps(2)).with(Samples.will("end", time().step()));
        client.detach(store(), client.attach(store()), 0);

        Erased erased = Answers.of(store().destroy("c"));

        Answers.of(store().willPublished(
                        Answers.present(Answers.present(erased).will()).connection()));
        time().pass(time().steps(2));
        Due due = Answers.of(store().sweep(10));
        assertThat(due.expired()).isEmpty();
        assertThat(due.wills()).isEmpty();
    }
}
