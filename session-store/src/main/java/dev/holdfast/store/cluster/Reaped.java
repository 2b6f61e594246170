// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.cluster;

import dev.holdfast.store.session.SessionRef;

/**
 * A connection that went with its gateway.
 *
 * @param connection client identifier and epoch of its attach
 * @param principal whose the session is
 * @param gateway the dead gateway
 * @param erased whether the session has ended with it; otherwise it is offline now
 * @param kept whether the session had outlived a connection, or was to: then others may know of it
 */
public record Reaped(SessionRef connection, String principal, String gateway, boolean erased, boolean kept) {}
