// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.store.log.LogStore;
import java.util.concurrent.atomic.AtomicBoolean;

/** Ends the logs that no session needs any more. The store gives each end to one gateway; the others notice when they append. */
public final class LogSweeper {
    private static final int AT_MOST = 64;

    private final LogStore store;
    private final Routes routes;
    private final Metrics metrics;
    private final AtomicBoolean isSweeping = new AtomicBoolean();

    /** A sweeper of the logs in these routes. */
    public LogSweeper(LogStore store, Routes routes, Metrics metrics) {
        this.store = store;
        this.routes = routes;
        this.metrics = metrics;
    }

    /** Sweeps once, if there is any log and the last sweep is over. Any thread. */
    public void sweep() {
        if (routes.logs().isEmpty() || !isSweeping.compareAndSet(false, true)) {
            return;
        }
        store.sweep(AT_MOST).whenComplete((ended, failure) -> {
            isSweeping.set(false);
            if (failure != null) {
                metrics.storeError(StoreOperation.SWEEP);
            } else {
                ended.forEach(filter -> routes.logEnded(filter, routes.timesTold(filter)));
            }
        });
    }
}
