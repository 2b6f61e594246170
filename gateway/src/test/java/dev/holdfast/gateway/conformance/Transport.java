// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

/** What carries the packets. */
enum Transport {
    TCP,
    WEBSOCKET
}
