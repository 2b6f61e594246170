// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.TimedOperation;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.Message;
import dev.holdfast.store.log.Appended;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.log.LogStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Appends published messages to the logs of wide filters, and tells the sessions that read them. Any thread. */
public final class LogAppends {
    private static final CompletableFuture<Boolean> REACHED = CompletableFuture.completedFuture(true);

    private final LogStore store;
    private final Logs logs;
    private final Routes routes;
    private final List<? extends SessionThread> threads;
    private final Neighbours neighbours;
    private final Metrics metrics;

    /** Appends to the logs in the given routes. */
    public LogAppends(
            LogStore store,
            Logs logs,
            Routes routes,
            List<? extends SessionThread> threads,
            Neighbours neighbours,
            Metrics metrics) {
        this.store = store;
        this.logs = logs;
        this.routes = routes;
        this.threads = threads;
        this.neighbours = neighbours;
        this.metrics = metrics;
    }

    /** Appends a message to some logs; says, once all have it, whether there was one. At QoS 0 nobody has to wait for that. */
    CompletableFuture<Boolean> append(LogRoute[] to, Message message, @Nullable String publisher, boolean mayRepeat) {
        if (message.qos() == 0 && store.isBehind()) {
            metrics.dropped(Dropped.STORE);
            return REACHED;
        }
        CompletableFuture<Boolean> all = REACHED;
        for (LogRoute log : to) {
            CompletableFuture<Boolean> one = append(log.filter(), message, publisher, mayRepeat);
            all = all == REACHED ? one : all.thenCombine(one, (some, other) -> some || other);
        }
        return message.qos() == 0 ? REACHED : all;
    }

    private CompletableFuture<Boolean> append(
            String filter, Message message, @Nullable String publisher, boolean mayRepeat) {
        int timesTold = routes.timesTold(filter);
        long asked = System.nanoTime();
        CompletableFuture<Appended> appended =
                store.append(filter, message, publisher, mayRepeat).toCompletableFuture();
        if (appended.isDone() && !appended.isCompletedExceptionally()) {
            grown(filter, message, publisher, appended.join(), timesTold);
            return REACHED;
        }
        return appended.thenApply(answer -> {
            metrics.storeAnswered(TimedOperation.ENQUEUE, asked);
            return grown(filter, message, publisher, answer, timesTold);
        });
    }

    private boolean grown(
            String filter, Message message, @Nullable String publisher, Appended appended, int timesTold) {
        if (appended.index() == 0) {
            routes.logEnded(filter, timesTold);
            return false;
        }
        if (appended.isNew()) {
            logs.appended(filter, new LogEntry(appended.index(), message, publisher), threads);
        } else {
            logs.heard(filter, appended.index(), threads);
        }
        neighbours.logGrown(filter, appended.index());
        return true;
    }
}
