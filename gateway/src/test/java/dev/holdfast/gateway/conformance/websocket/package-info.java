// SPDX-License-Identifier: Apache-2.0
/**
 * MQTT over WebSocket, as it should be and as it should not.
 */
@NullMarked
package dev.holdfast.gateway.conformance.websocket;

import org.jspecify.annotations.NullMarked;
