// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.config.RebalanceConfig;
import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has this gateway move clients off by itself while it has more than its share of them. Each gateway decides for itself, on a thread of its
 * own.
 */
public final class AutomaticRebalance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AutomaticRebalance.class);

    private final Supplier<String> self;
    private final Supplier<CompletionStage<Map<String, Long>>> connections;
    private final Rebalance rebalance;
    private final Duration between;
    private final long most;
    private final Surplus surplus = new Surplus();
    private final AtomicBoolean isVanityTold = new AtomicBoolean();
    private final ScheduledExecutorService timer;

    /**
     * Begins to look.
     *
     * @param self the name of this gateway
     * @param connections asks how many clients each gateway has that is ready; empty if one does not answer
     */
    public AutomaticRebalance(
            RebalanceConfig config,
            Supplier<String> self,
            Supplier<CompletionStage<Map<String, Long>>> connections,
            Rebalance rebalance) {
        this.self = self;
        this.connections = connections;
        this.rebalance = rebalance;
        Rate rate = config.rate();
        between = rate.per().dividedBy(rate.amount());
        // Those of one look have gone when the next look comes.
        most = Math.max(1, config.interval().toNanos() / Math.max(1, between.toNanos()));
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "holdfast-balance");
            thread.setDaemon(true);
            return thread;
        });
        long interval = config.interval().toMillis();
        timer.scheduleAtFixedRate(this::look, interval, interval, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            connections.get().thenAcceptAsync(this::judge, timer).exceptionally(failure -> {
                LOG.debug("it could not be seen who has how many clients", failure);
                return null;
            });
        } catch (RuntimeException e) { // or the timer would stop for good
            LOG.warn("it could not be seen who has how many clients", e);
        }
    }

    private void judge(Map<String, Long> ready) {
        long count = Math.min(surplus.look(self.get(), ready), most);
        if (!surplus.isInVain()) {
            isVanityTold.set(false);
        } else if (isVanityTold.compareAndSet(false, true)) {
            LOG.warn("Clients that were moved off came back to this gateway: it moves them ever more seldom."
                    + " Let the balancer choose the gateway with the fewest connections (rebalance)");
        }
        if (count > 0 && rebalance.begin((int) Math.min(count, Integer.MAX_VALUE), between)) {
            surplus.moves(count);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
