// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.harness.InterceptedStore;
import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.Membership;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A gateway in this process, on a real Redis, that dies at a point of one's choice: from then on nothing that it says
 * reaches the store, the other gateways hear no more of it, and it gets no more answers. Its sockets are the test's to
 * close.
 */
public final class CrashableGateway implements AutoCloseable {
    private final Gateway gateway;
    private final CountDownLatch crashed = new CountDownLatch(1);
    private final Queue<AutoCloseable> readings = new ConcurrentLinkedQueue<>();
    private @Nullable Membership membership;
    private volatile String id = "";
    private volatile @Nullable CrashPoint point;

    /**
     * Where it dies.
     *
     * @param operation a method of {@link SessionStore}, called for the first time since the point was set
     * @param after whether Redis has done it: then it dies before it hears of that. Else Redis never gets it
     */
    public record CrashPoint(String operation, boolean after) {}

    private CrashableGateway(HoldfastConfig config) throws CommandFailure {
        gateway = Gateway.start(
                config, (settings, metrics, memory) -> mortal(Wiring.stores(settings, metrics, memory)), Wiring::doors);
    }

    /** Starts with the settings of {@code --dev}, accepting clients when the call returns, and more settings. */
    public static CrashableGateway start(String redisUrl, String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "dev=true",
                "listeners.host=127.0.0.1",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "store.redis.url=" + redisUrl));
        settings.addAll(List.of(more));
        try {
            return new CrashableGateway(HoldfastConfig.of(settings.toArray(new String[0])));
        } catch (CommandFailure e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    private Stores mortal(Stores stores) {
        SharedStores shared = stores.shared();
        if (shared == null) {
            throw new IllegalStateException("it shares no store");
        }
        membership = shared.membership();
        SharedStores mortal = new SharedStores(
                mortal(Membership.class, shared.membership()),
                mortal(Inbox.class, shared.inbox()),
                shared.retainedCatchUp(),
                shared.trouble(),
                shared.parts());
        return new Stores(
                mortal(SessionStore.class, stores.sessions()),
                mortal(LogStore.class, stores.logs()),
                stores.retained(),
                stores.revocations(),
                stores.ticketKeys(),
                stores.checks(),
                mortal,
                stores.closing());
    }

    private <T> T mortal(Class<T> contract, T store) {
        return InterceptedStore.of(contract, store, this::answer);
    }

    private @Nullable Object answer(InterceptedStore.Call call) throws Throwable {
        CrashPoint here = point;
        boolean isHere = here != null && here.operation().equals(call.operation());
        if (isHere && here != null && !here.after()) {
            crash();
        }
        if (hasCrashed() && call.returns() == CompletionStage.class) {
            return new CompletableFuture<>();
        }
        if (call.operation().equals("join")) {
            id = String.valueOf(call.first());
        }
        Object answer = call.proceed();
        if (answer instanceof AutoCloseable reading) {
            readings.add(reading);
        }
        if (isHere) {
            ((CompletionStage<?>) Objects.requireNonNull(answer)).whenComplete((done, failure) -> crash());
            return new CompletableFuture<>();
        }
        return answer;
    }

    /** The port of MQTT over TCP. */
    public int tcpPort() {
        return gateway.tcp().getPort();
    }

    /** Has it die when it comes to this point. */
    public void crashAt(CrashPoint where) {
        point = where;
    }

    /** Has it die now. */
    public void crash() {
        crashed.countDown();
        for (AutoCloseable reading = readings.poll(); reading != null; reading = readings.poll()) {
            try {
                reading.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    public boolean hasCrashed() {
        return crashed.getCount() == 0;
    }

    /** Waits until it has died. */
    public boolean awaitCrash(Duration atMost) throws InterruptedException {
        return crashed.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Takes it out of the others' sight, so that they need not wait for its lease to end, and clears it away. */
    @Override
    public void close() {
        crash();
        if (membership != null) {
            membership
                    .leave(id)
                    .toCompletableFuture()
                    .orTimeout(10, TimeUnit.SECONDS)
                    .join();
        }
        // It says goodbye to a store that does not answer any more: not worth waiting for.
        Thread undertaker = new Thread(gateway::close, "undertaker");
        undertaker.setDaemon(true);
        undertaker.start();
    }
}
