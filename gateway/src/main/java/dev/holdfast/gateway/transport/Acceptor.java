// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

/** Who takes new connections. */
@FunctionalInterface
public interface Acceptor {

    /** A connection is there; on its loop. The answer hears of all that happens to it. May close or abort it. */
    WireListener accepted(Wire wire);
}
