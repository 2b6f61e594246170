// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.store.log.LogStore;
import java.util.concurrent.atomic.AtomicBoolean;

/** Ends the logs that no session needs any more. The store gives each end to one gateway, which tells the others. */
public final class LogSweeper {
    private static final int AT_MOST = 64;

    private final LogStore store;
    private final Routes routes;
    private final Neighbours neighbours;
    private final Metrics metrics;
    private final AtomicBoolean isSweeping = new AtomicBoolean();

    /** A sweeper of the logs in these routes. */
    public LogSweeper(LogStore store, Routes routes, Neighbours neighbours, Metrics metrics) {
        this.store = store;
        this.routes = routes;
        this.neighbours = neighbours;
        this.metrics = metrics;
    }

    /** Sweeps once, if there has ever been a log here and the last sweep is over. Any thread. */
    public void sweep() {
        if (!routes.hasHadLogs() || !isSweeping.compareAndSet(false, true)) {
            return;
        }
        store.sweep(AT_MOST).whenComplete((ended, failure) -> {
            isSweeping.set(false);
            if (failure != null) {
                metrics.storeError(StoreOperation.SWEEP);
            } else {
                ended.forEach(this::ended);
            }
        });
    }

    /** A log may have begun anew since it ended: then its route stays. */
    private void ended(String filter) {
        int timesTold = routes.timesTold(filter);
        store.read(filter, Long.MAX_VALUE, 1, 1).thenAccept(page -> {
            if (page == null) {
                routes.logEnded(filter, timesTold);
            }
        });
        neighbours.logEnded(filter);
    }
}
