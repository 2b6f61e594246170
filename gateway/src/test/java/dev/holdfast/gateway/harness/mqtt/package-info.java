// SPDX-License-Identifier: Apache-2.0
/**
 * An MQTT client for tests that does what it is told and nothing else: packets written by hand, well-formed or not,
 * over TCP or WebSocket. Knows nothing of the gateway's own classes.
 */
@NullMarked
package dev.holdfast.gateway.harness.mqtt;

import org.jspecify.annotations.NullMarked;
