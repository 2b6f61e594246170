// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.session.connection.ClientFacts;

/**
 * What an operator may know of a live session that its store does not.
 *
 * @param client what is known of its connection
 * @param inflight exchanges of QoS 1 and 2 that the client has not finished
 * @param receiveMaximum how many unfinished exchanges the client takes
 * @param inbound messages of QoS 2 that the client has sent and not released
 * @param waiting messages that wait in this gateway's memory; 0 for a kept session, whose messages wait in the store
 * @param waitingBytes the sum of their bodies
 */
public record SessionFacts(
        ClientFacts client, int inflight, int receiveMaximum, int inbound, int waiting, long waitingBytes) {}
