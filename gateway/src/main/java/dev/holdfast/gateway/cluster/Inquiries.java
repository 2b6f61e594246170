// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
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
 * Questions of operators that concern another gateway: they are asked through this gateway, and questions of other gateways are
 * answered here. Questions are few and small and are answered on a thread of their own. When too many wait for that thread,
 * further ones get no answer, and the asking gateway gives up after {@link #MOST_MILLIS}. Any thread.
 */
public final class Inquiries {
    /** How long a gateway waits for an answer, in milliseconds. */
    public static final long MOST_MILLIS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(Inquiries.class);
    private static final int MOST_UNANSWERED = 256;
    /** The longest answer: it travels with messages between gateways and must not hold them up. */
    private static final int MOST_BYTES = 256 * 1024;

    private final Supplier<String> self;
    private final Supplier<Set<String>> living;
    private final BiPredicate<String, byte[]> send;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, CompletableFuture<byte[]>> waiting = new ConcurrentHashMap<>();
    private final Executor thread = thread();
    private volatile @Nullable Function<byte[], CompletionStage<byte[]>> answers;

    /**
     * Inquiries of one gateway.
     *
     * @param send sends a note to a gateway; returns false if that is not possible now
     */
    Inquiries(Supplier<String> self, Supplier<Set<String>> living, BiPredicate<String, byte[]> send) {
        this.self = self;
        this.living = living;
        this.send = send;
    }

    /** Inquiries of a gateway that runs alone and answers all questions itself. */
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

    /** The name of this gateway among the gateways. */
    public String self() {
        return self.get();
    }

    /** The names of all living gateways, this one included. */
    public Set<String> gateways() {
        Set<String> all = new TreeSet<>(living.get());
        all.add(self.get());
        return all;
    }

    /** Sets the function that answers questions at this gateway. */
    public void answerBy(Function<byte[], CompletionStage<byte[]>> newAnswers) {
        answers = newAnswers;
    }

    /**
     * Asks one gateway, which may be this one.
     *
     * @return the answer; fails if none has come after {@link #MOST_MILLIS}
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

    /** Answers a question of another gateway. */
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

    /** Completes the question that another gateway has answered. */
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
