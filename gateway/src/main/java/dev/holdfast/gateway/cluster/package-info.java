// SPDX-License-Identifier: Apache-2.0
/**
 * What a gateway does for sessions that are not connected to it: it sweeps those that have expired and the wills whose
 * delay has passed, tells the other gateways of its routes and hears of theirs, and takes the dead ones' sessions
 * offline.
 *
 * <pre>
 *   routing, session ──Neighbours──▶ Neighbourhood ──Announcer (routes), Outbox (messages)──▶ EntryWriter
 *   EntryWriter ──▶ link to another, or its inbox
 *   own inbox, links of others ──▶ InboxReader ──▶ Arrivals ──▶ Router, Sessions (messages)
 *                                                     └──────▶ RouteBook ──▶ Routes
 *   Lease: who lives; the dead are reaped
 *   Learning: what the others route by; Doubt: learned again after a loss; Departed: the inboxes of the dead
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.cluster;

import org.jspecify.annotations.NullMarked;
