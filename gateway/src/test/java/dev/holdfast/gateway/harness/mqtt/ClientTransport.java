// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

/** What carries the packets. */
public enum ClientTransport {
    TCP,
    WEBSOCKET
}
