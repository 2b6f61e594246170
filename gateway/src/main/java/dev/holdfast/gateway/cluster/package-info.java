// SPDX-License-Identifier: Apache-2.0
/**
 * The other gateways that share the store: messages and changes of routes go to them and come from them. Also what each gateway does for
 * sessions that are connected nowhere: it sweeps sessions that have expired and delayed wills, and takes the sessions of dead gateways
 * offline.
 *
 * <pre>
 *   routing, session ──Neighbours──▶ Neighbourhood ──▶ routes.Announcer (routes), Forwarder (messages)
 *                                                          └──▶ entries.Outbox ──▶ entries.EntryWriter ──▶ link or inbox
 *   link or inbox ──▶ entries.InboxReader ──▶ Arrivals ──▶ Router, Sessions (messages)
 *                                                └──▶ RouteNotes ──▶ routes.RouteBook, routes.CleanRoutes (routes)
 *   member.Lease         which gateways live; the dead are reaped
 *   member.Succession    takeovers of sessions between gateways
 *   routes.Learning      reads the routes of the others; routes.Doubt: reads them again after a loss
 *   Departed             the inboxes of dead gateways
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.cluster;

import org.jspecify.annotations.NullMarked;
