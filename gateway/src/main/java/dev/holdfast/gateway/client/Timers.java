// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.session.connection.SessionThread;
import java.time.Duration;

/** Runs tasks later on the I/O threads. */
@FunctionalInterface
public interface Timers {

    /** Runs a task on a thread after a delay, or some 20 ms later than that. Called on that thread. */
    void later(SessionThread thread, Duration delay, Runnable task);
}
