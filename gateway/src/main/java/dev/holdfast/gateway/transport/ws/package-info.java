// SPDX-License-Identifier: Apache-2.0
/**
 * MQTT over WebSocket: Undertow reads the upgrade request, {@link dev.holdfast.gateway.transport.ws.UpgradeHandler}
 * checks it, and from the 101 on what is sent and read is ours, on the bare connection. No aggregation: the payload of a
 * frame goes on as it comes in.
 */
@NullMarked
package dev.holdfast.gateway.transport.ws;

import org.jspecify.annotations.NullMarked;
