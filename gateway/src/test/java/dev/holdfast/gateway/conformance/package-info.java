// SPDX-License-Identifier: Apache-2.0
/**
 * The gateway from outside: the real program as a child process, spoken to over real sockets, judged by the normative
 * statements of MQTT 3.1, 3.1.1 and 5.0. One package for each subject. Nothing here imports the gateway's own classes
 * or its codec, so that the two cannot share a mistake.
 *
 * <p>The client that sends packets built by hand is in {@code harness.mqtt}; gateways that a test starts, and what an
 * operator sees of them, are in {@code harness}.
 */
@NullMarked
package dev.holdfast.gateway.conformance;

import org.jspecify.annotations.NullMarked;
