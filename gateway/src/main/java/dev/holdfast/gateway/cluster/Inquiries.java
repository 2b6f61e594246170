// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators ask of other gateways through this one, and the other way round. Questions are few and small, and are answered on
 * a thread of their own; what is too much for it is left unanswered, and whoever asks does not wait for long. Any thread.
 */
public final class Inquiries {
    /** For so long an answer is waited for. */
    public static final long MOST_MILLIS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(Inquiries.class);
    private static final int MOST_UNANSWERED = 256;
    /** What rides with messages between gateways must not hold them up. */
    private static final int MOST_BYTES = 256 * 1024;

    private final Supplier<String> self;
    private final Supplier<Set<String>> living;
    private final BiPredicate<String, byte[]> send;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, CompletableFuture<byte[]>> waiting = new ConcurrentHashMap<>();
    private final Executor thread = thread();
    private volatile @Nullable Function<byte[], CompletionStage<byte[]>> answers;

    /**
     * Nothing asked yet.
     *
     * @param send sends a note to a gateway; false if it cannot now
     */
    Inquiries(Supplier<String> self, Supplier<Set<String>> living, BiPredicate<String, byte[]> send) {
        this.self = self;
        this.living = living;
        this.send = send;
    }

    /** Those of a gateway that is alone: it asks itself. */
    public static Inquiries alone(String self) {
        return new Inquiries(() -> self, () -> Set.of(self), (gateway, note) -> false);
    }

    private static Executor thread() {
        ThreadPoolExecutor one = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_UNANSWERED),
                task -> {
                    Thread made = new Thread(task, "operator-answers");
                    made.setDaemon(true);
                    return made;
                },
                new ThreadPoolExecutor.DiscardPolicy());
        one.allowCoreThreadTimeOut(true);
        return one;
    }

    /** Who this gateway is to the others. */
    public String self() {
        return self.get();
    }

    /** The gateways that live, this one included. */
    public Set<String> gateways() {
        Set<String> all = new TreeSet<>(living.get());
        all.add(self.get());
        return all;
    }

    /** Has what is asked here answered so. */
    public void answerBy(Function<byte[], CompletionStage<byte[]>> newAnswers) {
        answers = newAnswers;
    }

    /**
     * Asks a gateway, or this one.
     *
     * @return the answer; exceptionally if there is none in time
     */
    public CompletableFuture<byte[]> ask(String gateway, byte[] question) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        if (gateway.equals(self.get())) {
            thread.execute(() -> answer(question).whenComplete((told, failure) -> {
                if (failure == null) {
                    answer.complete(told);
                } else {
                    answer.completeExceptionally(failure);
                }
            }));
            return answer.orTimeout(MOST_MILLIS, TimeUnit.MILLISECONDS);
        }
        long number = numbers.incrementAndGet();
        waiting.put(number, answer);
        answer.orTimeout(MOST_MILLIS, TimeUnit.MILLISECONDS).whenComplete((told, failure) -> waiting.remove(number));
        if (!send.test(gateway, NoteCodec.encode(new Note.Asked(self.get(), number, question)))) {
            answer.completeExceptionally(
                    new IllegalStateException("gateway " + gateway + " cannot be told anything now"));
        }
        return answer;
    }

    /** Another gateway asks. */
    void asked(Note.Asked note) {
        thread.execute(() -> answer(note.question()).whenComplete((told, failure) -> {
            boolean isTold = told != null
                    && told.length <= MOST_BYTES
                    && send.test(note.from(), NoteCodec.encode(new Note.Told(note.number(), told)));
            if (!isTold) {
                LOG.warn("a question of another gateway could not be answered", failure);
            }
        }));
    }

    /** Another gateway answers. */
    void told(Note.Told note) {
        CompletableFuture<byte[]> answer = waiting.get(note.number());
        if (answer != null) {
            answer.completeAsync(note::answer);
        }
    }

    private CompletionStage<byte[]> answer(byte[] question) {
        Function<byte[], CompletionStage<byte[]>> known = answers;
        if (known == null) {
            return CompletableFuture.failedFuture(new IllegalStateException("starting"));
        }
        try {
            return known.apply(question);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
