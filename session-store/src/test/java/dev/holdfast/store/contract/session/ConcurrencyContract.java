// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.StaleSessionException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Many threads at one session. */
interface ConcurrencyContract extends SessionStoreContractPart {
    int THREADS = 8;

    @Test
    default void ofManyAttachesAtOnceExactlyOneEndsAsTheOwner() throws Exception {
        for (int round = 0; round < 20; round++) {
            StoreClient client = StoreClient.named("c" + round);
            List<Attached> all =
                    together(THREADS, i -> client.on("g" + i).attach(i % 2 == 0 ? store() : otherProcess()));

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
        int each = 120;
        StoreClient client = StoreClient.named("c").with(new QueueLimits(1_024, 1_000_000, DropPolicy.DROP_NEWEST));
        Attached attached = client.attach(store());
        long seq = attached.nextSeq();

        for (int round = 0; round <= fixture().races() / 100; round++) {
            together(THREADS, publisher -> {
                List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();
                for (int n = 0; n < each; n++) {
                    pending.add((publisher % 2 == 0 ? store() : otherProcess())
                            .enqueue(Samples.message(publisher + ":" + n), List.of(Samples.to("c", 1)), false));
                }
                pending.forEach(Answers::of);
                return true;
            });

            Map<String, Integer> next = new HashMap<>();
            List<QueuedMessage> queued = StoreClient.readAll(store(), attached);
            assertThat(queued).hasSize(THREADS * each);
            for (QueuedMessage one : queued) {
                assertThat(one.seq()).isEqualTo(seq++);
                String[] name = Samples.text(one.message()).split(":", -1);
                assertThat(Integer.parseInt(name[1])).isEqualTo(next.merge(name[0], 1, Integer::sum) - 1);
            }
            Answers.of(store().acknowledge(attached.ref(), seq - 1, new long[0]));
        }
    }

    @Test
    default void anAttachThatMeetsADestroyFindsTheWholeSessionOrNone() throws Exception {
        for (int round = 0; round < fixture().races(); round++) {
            StoreClient client = StoreClient.named("c" + round);
            Attached before = client.attach(store());
            Answers.of(store().subscribe(before.ref(), List.of(Subscription.of("a", 1))));

            List<Optional<Attached>> outcomes = together(2, i -> {
                if (i == 0) {
                    Answers.of(store().destroy(client.request().clientId()));
                    return Optional.empty();
                }
                return Optional.of(client.attach(otherProcess()));
            });

            Attached attached = outcomes.get(1).orElseThrow();
            boolean lives = Answers.of(store().find(client.request().clientId())) != null;
            assertThat(lives).isEqualTo(!attached.sessionPresent());
            assertThat(attached.subscriptions()).hasSize(attached.sessionPresent() ? 1 : 0);
            assertThat(Answers.of(store().routes("", 10)).sessions()).isEmpty();
            Answers.of(store().destroy(client.request().clientId()));
        }
    }

    @Test
    default void anAttachThatMeetsTheSweepOfItsExpiredSessionIsLeftAlone() throws Exception {
        List<StoreClient> clients = new ArrayList<>();
        for (int i = 0; i < fixture().races(); i++) {
            StoreClient client = StoreClient.named("c" + i).keptFor(time().step());
            client.detach(store(), client.attach(store()), 0);
            clients.add(client);
        }
        time().pass(time().step());

        CyclicBarrier meeting = new CyclicBarrier(2);
        List<Integer> ended = together(2, i -> {
            int count = 0;
            for (StoreClient client : clients) {
                meeting.await();
                count += i == 0
                        ? Answers.of(store().sweep(1)).expired().size()
                        : client.on("g2").attach(otherProcess()).discarded() == null ? 0 : 1;
            }
            return count;
        });

        assertThat(ended.get(0) + ended.get(1)).isEqualTo(clients.size());
        for (StoreClient client : clients) {
            assertThat(Answers.of(store().find(client.request().clientId()))).isNotNull();
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

    private static <T> List<T> together(int threads, Task<T> task) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<T>> futures = new ArrayList<>();
            CyclicBarrier start = new CyclicBarrier(threads);
            for (int i = 0; i < threads; i++) {
                int number = i;
                futures.add(pool.submit(() -> {
                    start.await();
                    return task.run(number);
                }));
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

    /** What one of several threads does. */
    interface Task<T> {
        T run(int thread) throws Exception;
    }
}
