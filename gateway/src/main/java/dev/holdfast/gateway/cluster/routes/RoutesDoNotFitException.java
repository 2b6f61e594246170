// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

/** The routes of the other gateways do not fit into this gateway's memory. It must not accept clients, or it would lose messages. */
public final class RoutesDoNotFitException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int MIB = 1 << 20;

    /** Names the number of sessions and subscriptions, and the bytes that they take. */
    RoutesDoNotFitException(long sessions, long subscriptions, long bytes) {
        super(sessions + " sessions with " + subscriptions + " subscriptions take " + (bytes + MIB - 1) / MIB + " MiB");
    }
}
