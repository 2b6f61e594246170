// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

/** What the other gateways route is more than this one has memory for: it must not serve, or it would lose messages. */
public final class RoutesDoNotFitException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int MIB = 1 << 20;

    /** Of so many sessions with subscriptions, which take so many bytes. */
    RoutesDoNotFitException(long sessions, long subscriptions, long bytes) {
        super(sessions + " sessions with " + subscriptions + " subscriptions take " + (bytes + MIB - 1) / MIB + " MiB");
    }
}
