// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Attached;
import dev.holdfast.store.Enqueued;
import dev.holdfast.store.QueueLimits;
import dev.holdfast.store.QueueLimits.DropPolicy;
import dev.holdfast.store.QueuedMessage;
import dev.holdfast.store.StaleSessionException;
import dev.holdfast.store.Subscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Many threads at one session. */
interface ConcurrencyContract extends SessionStoreContractPart {
    int THREADS = 8;

    @Test
    default void ofManyAttachesAtOnceExactlyOneEndsAsTheOwner() throws Exception {
        int rounds = 20;

        for (int round = 0; round < rounds; round++) {
            Client client = Client.named("c" + round);
            List<Attached> all = together(i -> client.on("g" + i).attach(i % 2 == 0 ? store() : otherProcess()));

            assertThat(all.stream().map(one -> one.ref().epoch()).distinct()).hasSize(THREADS);
            assertThat(all.stream().filter(one -> !one.sessionPresent())).hasSize(1);
            assertThat(all.stream().filter(one -> one.displacedGateway() == null))
                    .hasSize(1);
            int owners = 0;
            for (Attached one : all) {
                owners += isOwner(one) ? 1 : 0;
            }
            assertThat(owners).isEqualTo(1);
        }
    }

    @Test
    default void eachPublishersMessagesKeepTheirOrderAndNoneIsLost() throws Exception {
        int each = 100;
        Client client = Client.named("c").with(new QueueLimits(1_024, 1_000_000, DropPolicy.DROP_NEWEST));
        Attached attached = client.attach(store());

        together(publisher -> {
            List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();
            for (int n = 0; n < each; n++) {
                pending.add((publisher % 2 == 0 ? store() : otherProcess())
                        .enqueue(Samples.message(publisher + ":" + n), List.of(Samples.to("c", 1)), false));
            }
            pending.forEach(Answers::of);
            return true;
        });

        Map<String, Integer> next = new HashMap<>();
        List<QueuedMessage> queued = Client.readAll(store(), attached);
        assertThat(queued).hasSize(THREADS * each);
        long seq = attached.nextSeq();
        for (QueuedMessage one : queued) {
            assertThat(one.seq()).isEqualTo(seq++);
            assertThat(one.message()).isNotNull();
            String[] name = Samples.text(one.message()).split(":", -1);
            assertThat(Integer.parseInt(name[1])).isEqualTo(next.merge(name[0], 1, Integer::sum) - 1);
        }
    }

    @Test
    default void aSessionThatIsDestroyedWhileItIsAttachedIsThereOrNotButNeverHalf() throws Exception {
        for (int round = 0; round < 20; round++) {
            Client client = Client.named("c" + round);

            together(i -> {
                if (i % 2 == 0) {
                    return Answers.of(store().destroy(client.request().clientId())) == null;
                }
                Attached attached = client.attach(store());
                return isOwner(attached);
            });

            boolean found = Answers.of(store().find(client.request().clientId())) != null;
            boolean routed = !Answers.of(store().routes("", 10)).sessions().isEmpty();
            if (!found) {
                assertThat(routed).isFalse();
            }
            Answers.of(store().destroy(client.request().clientId()));
            assertThat(Answers.of(store().routes("", 10)).sessions()).isEmpty();
        }
    }

    private boolean isOwner(Attached attached) {
        try {
            Answers.of(store().subscribe(attached.ref(), List.of(Subscription.of("mine", 1))));
            return true;
        } catch (AssertionError refused) {
            assertThat(refused).hasCauseInstanceOf(StaleSessionException.class);
            return false;
        }
    }

    private static <T> List<T> together(IntFunction<T> task) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                futures.add(pool.submit(() -> task.apply(number)));
            }
            List<T> answers = new ArrayList<>();
            for (Future<T> future : futures) {
                answers.add(future.get());
            }
            return answers;
        } finally {
            pool.shutdownNow();
        }
    }
}
