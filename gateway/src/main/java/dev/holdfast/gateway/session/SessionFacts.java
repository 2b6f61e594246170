// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

/**
 * What an operator may know of a live session that its store does not.
 *
 * @param client of its connection
 * @param inflight packets of QoS 1 and 2 sent and not finished
 * @param receiveMaximum how many of them the client takes
 * @param inbound messages of QoS 2 received and not released by the client
 * @param waiting messages that wait in this gateway's memory: of a clean session; a kept one has them in the store
 * @param waitingBytes the sum of their bodies
 */
public record SessionFacts(
        ClientFacts client, int inflight, int receiveMaximum, int inbound, int waiting, long waitingBytes) {}
