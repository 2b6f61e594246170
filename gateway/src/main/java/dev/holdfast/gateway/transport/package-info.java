// SPDX-License-Identifier: Apache-2.0
/**
 * A connection as bytes in, bytes out, close, and run-on-my-thread.
 * This is the contract; {@code socket} keeps it, {@code tcp} and {@code ws} speak on it, {@code tls} encrypts, {@code listen} accepts. Nothing here knows MQTT.
 */
@NullMarked
package dev.holdfast.gateway.transport;

import org.jspecify.annotations.NullMarked;
