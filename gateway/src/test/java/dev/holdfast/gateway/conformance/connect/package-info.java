// SPDX-License-Identifier: Apache-2.0
/**
 * CONNECT, CONNACK, DISCONNECT, takeover, timeouts, and how many connections may come.
 */
@NullMarked
package dev.holdfast.gateway.conformance.connect;

import org.jspecify.annotations.NullMarked;
