// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.QueueLimits;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * The figures of deploy/sizing.md about one Redis with very many kept sessions. Has a main, whose argument is how many; with the port of a Redis on
 * 127.0.0.1 as a second one it fills that one with sessions and leaves it.
 */
final class ManySessions {
    private static final QueueLimits LIMITS = new QueueLimits(1_000, 4L << 20, QueueLimits.DropPolicy.DROP_OLDEST);
    private static final int WINDOW = 2_000;
    private static final int QUEUED_EACH = 2;

    private final RedisProcess redis;
    private final int count;

    private ManySessions(RedisProcess redis, int count) {
        this.redis = redis;
        this.count = count;
    }

    /**
     * Without a port: starts a Redis with an append-only file, fills it, prints what it costs, has it start again, stops it. The file lies
     * in memory where tests' servers have theirs there; what it costs on a disk is asked of a server that is there already.
     */
    public static void main(String[] arguments) {
        if (arguments.length == 2) {
            fill("redis://127.0.0.1:" + arguments[1], Integer.parseInt(arguments[0]));
            return;
        }
        try (RedisProcess redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "everysec")) {
            new ManySessions(redis, Integer.parseInt(arguments[0])).run();
        }
    }

    private static void fill(String url, int count) {
        Semaphore window = new Semaphore(WINDOW);
        try (RedisConnection connection = RedisConnection.open(RedisSettings.of(url))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            for (int i = 0; i < count; i++) {
                window.acquireUninterruptibly();
                comesAndGoes(store, i).whenComplete((done, failure) -> window.release());
            }
            window.acquireUninterruptibly(WINDOW);
        }
    }

    private static CompletionStage<?> comesAndGoes(RedisSessionStore store, int i) {
        return store.attach(new AttachRequest(
                        name(i), "principal-" + i, "gateway-1", false, Duration.ofDays(7), null, LIMITS))
                .thenCompose(attached -> store.subscribe(
                                attached.ref(), List.of(Subscription.of("devices/" + i + "/in", 1)))
                        .thenCompose(
                                done -> store.detach(attached.ref(), new DetachRequest(Duration.ofDays(7), 0, false))));
    }

    private void run() {
        try (RedisConnection connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            measured("a session that comes, subscribes once and goes", 1, i -> comesAndGoes(store, i));
            for (int round = 0; round < QUEUED_EACH; round++) {
                int number = round;
                measured(
                        "a message of 100 B queued for each",
                        1,
                        i -> store.enqueue(
                                Message.of(
                                        new MessageId(number, i),
                                        "devices/" + i + "/in",
                                        new byte[100],
                                        1,
                                        false,
                                        1_800_000_000_000L),
                                List.of(new EnqueueTarget(name(i), 1, false, EnqueueTarget.NO_IDENTIFIERS)),
                                false));
            }
        }
        redis.command("BGREWRITEAOF");
        long from = System.nanoTime();
        while (info("aof_rewrite_in_progress:") > 0) {
            Thread.onSpinWait();
        }
        print("rewrite of the file: %.1f s, then %d bytes", seconds(from), info("aof_current_size:"));
        print("resident memory: %d bytes, %d keys", info("used_memory_rss:"), Long.parseLong(redis.command("DBSIZE")));
        redis.kill();
        from = System.nanoTime();
        redis.restart();
        while (info("loading:") > 0) {
            Thread.onSpinWait();
        }
        print("start with that file: %.1f s", seconds(from));
    }

    private static String name(int i) {
        return "client-" + (10_000_000 + i);
    }

    private void measured(String what, int each, IntFunction<CompletionStage<?>> step) {
        long memory = info("used_memory:");
        double cpu = cpuMicros();
        long from = System.nanoTime();
        Semaphore window = new Semaphore(WINDOW);
        AtomicLong failures = new AtomicLong();
        for (int i = 0; i < count; i++) {
            window.acquireUninterruptibly();
            step.apply(i).whenComplete((done, failure) -> {
                if (failure != null) {
                    failures.incrementAndGet();
                }
                window.release();
            });
        }
        window.acquireUninterruptibly(WINDOW);
        print(
                "%s: %d bytes, Redis %.1f us, %.0f/s, %d failed",
                what,
                (info("used_memory:") - memory) / count / each,
                (cpuMicros() - cpu) / count / each,
                count / seconds(from),
                failures.get());
    }

    private static double seconds(long from) {
        return (System.nanoTime() - from) / 1e9;
    }

    private double cpuMicros() {
        return (number("used_cpu_user:") + number("used_cpu_sys:")) * 1e6;
    }

    private long info(String field) {
        return (long) number(field);
    }

    private double number(String field) {
        return redis.command("INFO")
                .lines()
                .filter(line -> line.startsWith(field))
                .mapToDouble(line -> Double.parseDouble(line.substring(field.length())))
                .findFirst()
                .orElseThrow();
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
