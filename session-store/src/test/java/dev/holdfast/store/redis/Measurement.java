// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SessionRef;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The figures of MEASUREMENTS.md: memory per session and per message, and calls of the lanes per second. Has a main. */
final class Measurement {
    private static final QueueLimits LIMITS = new QueueLimits(100_000, 1L << 30, QueueLimits.DropPolicy.DROP_NEWEST);
    private static final int SESSIONS = 20_000;
    private static final int EACH = 10;

    private Measurement() {}

    /** Starts a Redis, measures, prints a table, stops it. */
    public static void main(String[] arguments) {
        try (RedisProcess redis = RedisProcess.start();
                RedisConnection connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            memory(redis, store);
            redis.command("FLUSHALL");
            speed(redis, connection, store, 1_000);
            redis.command("FLUSHALL");
            speed(redis, connection, store, 50);
        }
    }

    private static void memory(RedisProcess redis, RedisSessionStore store) {
        long before = info(redis, "used_memory:");
        List<SessionRef> refs = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            String name = "client-" + (1_000_000 + i);
            Attached attached = answer(store.attach(
                    new AttachRequest(name, "principal-1", "gateway-1", false, Duration.ofHours(2), null, LIMITS)));
            answer(store.subscribe(
                    attached.ref(),
                    List.of(Subscription.of("devices/" + i + "/in", 1), Subscription.of("news/all/#", 1))));
            refs.add(attached.ref());
        }
        long online = info(redis, "used_memory:");
        for (SessionRef ref : refs) {
            answer(store.detach(ref, new DetachRequest(Duration.ofHours(2), 0, false)));
        }
        long offline = info(redis, "used_memory:");
        List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();
        for (int round = 0; round < EACH; round++) {
            for (SessionRef ref : refs) {
                pending.add(store.enqueue(message(round), List.of(target(ref.clientId())), false));
                if (pending.size() == 2_000) {
                    pending.forEach(Measurement::answer);
                    pending.clear();
                }
            }
        }
        pending.forEach(Measurement::answer);
        long queued = info(redis, "used_memory:");
        print("bytes an empty session, connected, 2 subscriptions: %d", (online - before) / SESSIONS);
        print("bytes an empty session, offline, 2 subscriptions: %d", (offline - before) / SESSIONS);
        print("bytes a queued message of 100 B, %d a session: %d", EACH, (queued - offline) / SESSIONS / EACH);
    }

    private static void speed(RedisProcess redis, RedisConnection connection, RedisSessionStore store, int sessions) {
        List<SessionRef> refs = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            refs.add(
                    answer(store.attach(new AttachRequest("c" + i, "p", "g", false, Duration.ofHours(2), null, LIMITS)))
                            .ref());
        }
        for (int warm = 0; warm < 3; warm++) {
            enqueueAndAcknowledge(redis, connection, store, refs, 100_000, warm == 2);
        }
    }

    private static void enqueueAndAcknowledge(
            RedisProcess redis,
            RedisConnection connection,
            RedisSessionStore store,
            List<SessionRef> refs,
            int count,
            boolean tell) {
        Semaphore window = new Semaphore(2_000);
        long calls = connection.meter().calls();
        long redisCpu = redisCpuMicros(redis);
        long ourCpu = cpuNanos();
        long from = System.nanoTime();
        CompletableFuture<?>[] acknowledged = new CompletableFuture<?>[refs.size()];
        for (int i = 0; i < count; i++) {
            SessionRef ref = refs.get(i % refs.size());
            window.acquireUninterruptibly();
            store.enqueue(message(i), List.of(target(ref.clientId())), false)
                    .whenComplete((outcome, failure) -> window.release());
        }
        window.acquireUninterruptibly(2_000);
        window.release(2_000);
        double seconds = (System.nanoTime() - from) / 1e9;
        long enqueueCalls = connection.meter().calls() - calls;
        long enqueueCpu = redisCpuMicros(redis) - redisCpu;
        long enqueueOurs = cpuNanos() - ourCpu;
        for (int i = 0; i < refs.size(); i++) {
            acknowledged[i] = store.acknowledge(refs.get(i), Long.MAX_VALUE >> 12, new long[0])
                    .toCompletableFuture();
        }
        CompletableFuture.allOf(acknowledged).join();
        if (tell) {
            print(
                    "enqueue to %d sessions: %.0f/s, Redis %.2f us, JVM %.2f us, %.2f script calls a message",
                    refs.size(),
                    count / seconds,
                    (double) enqueueCpu / count,
                    enqueueOurs / 1e3 / count,
                    (double) enqueueCalls / count);
        }
    }

    private static Message message(int number) {
        return Message.of(new MessageId(1, number), "devices/123456/in", new byte[100], 1, false, 1_800_000_000_000L);
    }

    private static EnqueueTarget target(String clientId) {
        return new EnqueueTarget(clientId, 1, false, EnqueueTarget.NO_IDENTIFIERS);
    }

    private static long info(RedisProcess redis, String field) {
        String info = redis.command("INFO", "memory");
        int at = info.indexOf(field) + field.length();
        return Long.parseLong(info.substring(at, info.indexOf('\r', at)));
    }

    private static long redisCpuMicros(RedisProcess redis) {
        String info = redis.command("INFO", "cpu");
        double seconds = 0;
        for (String field : List.of("used_cpu_sys:", "used_cpu_user:")) {
            int at = info.indexOf(field) + field.length();
            seconds += Double.parseDouble(info.substring(at, info.indexOf('\r', at)));
        }
        return (long) (seconds * 1e6);
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
