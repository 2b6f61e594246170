// SPDX-License-Identifier: Apache-2.0
/**
 * Connections on sockets of the kernel: the I/O threads, their buffers, and one wire for each socket.
 *
 * <pre>
 *   kernel -> SocketWire.readReady -> (tcp | ws) -> WireListener.received      bytes in, in the I/O thread's one read buffer
 *   Wire.write -> OutputBuffer (chunks of the loop's pool) -> one write at the end of the turn      bytes out
 * </pre>
 *
 * Every object here belongs to one {@link dev.holdfast.gateway.transport.socket.IoLoop}; only {@code IoLoop.execute} may be
 * called from elsewhere.
 */
@NullMarked
package dev.holdfast.gateway.transport.socket;

import org.jspecify.annotations.NullMarked;
