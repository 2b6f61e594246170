// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a task of somebody else's so that its failure is logged and goes no further. */
final class Guard {

    private static final Logger LOG = LoggerFactory.getLogger(IoLoop.class);

    private Guard() {}

    @SuppressWarnings("CatchAndPrintStackTrace")
    static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error failure) {
            // Errors too: one task that runs out of stack must not take the loop's other tasks with it.
            LOG.error("a task of this I/O thread failed", failure);
        }
    }
}
