// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

/** Thrown when a message cannot be taken, because too many messages with long distributions wait on this I/O thread. */
public final class BusyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BusyException() {
        super("too many messages wait that take long to distribute", null, false, false);
    }
}
