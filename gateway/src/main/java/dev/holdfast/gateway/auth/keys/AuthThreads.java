// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The few threads of authentication: one kind reads keys, the other checks the signatures that take long. Its queue is
 * bounded; what does not fit is refused as busy rather than piled up.
 *
 * @param keys reads key files and JWKS URLs
 * @param signatures checks slow signatures
 */
public record AuthThreads(ScheduledExecutorService keys, ExecutorService signatures) implements AutoCloseable {
    private static final int WAITING_SIGNATURES = 2000;

    /** Starts the threads. They are daemons, and run until {@link #close}. */
    public static AuthThreads start() {
        ScheduledThreadPoolExecutor keys = new ScheduledThreadPoolExecutor(2, daemon("auth-keys"));
        keys.setRemoveOnCancelPolicy(true);
        keys.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        ThreadPoolExecutor signatures = new ThreadPoolExecutor(
                2, 2, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_SIGNATURES), daemon("auth-signatures"));
        signatures.allowCoreThreadTimeOut(true);
        return new AuthThreads(keys, signatures);
    }

    private static ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void close() {
        keys.shutdownNow();
        signatures.shutdownNow();
    }
}
