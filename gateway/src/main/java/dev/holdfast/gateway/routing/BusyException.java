// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

/** So many messages that take long to distribute are waiting that one more was not taken. */
public final class BusyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BusyException() {
        super("too many messages wait that take long to distribute", null, false, false);
    }
}
