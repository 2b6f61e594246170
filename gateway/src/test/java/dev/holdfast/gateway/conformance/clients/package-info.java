// SPDX-License-Identifier: Apache-2.0
/**
 * Clients that others wrote: MQTT.js, Paho, HiveMQ's client, a mosquitto bridge.
 */
@NullMarked
package dev.holdfast.gateway.conformance.clients;

import org.jspecify.annotations.NullMarked;
