// SPDX-License-Identifier: Apache-2.0
/**
 * A connection as bytes in, bytes out, close, and run-on-my-thread.
 *
 * <pre>
 *   kernel -> SocketWire.readReady -> (tcp | ws) -> WireListener.received      bytes in, in the I/O thread's one read buffer
 *   Wire.write -> Outbox (chunks of the loop's pool) -> one write at the end of the turn      bytes out
 * </pre>
 *
 * Every object here belongs to one {@link dev.holdfast.gateway.transport.IoLoop}; only {@code IoLoop.execute} may be
 * called from elsewhere. Nothing here knows MQTT.
 */
@NullMarked
package dev.holdfast.gateway.transport;

import org.jspecify.annotations.NullMarked;
