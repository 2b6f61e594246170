// SPDX-License-Identifier: Apache-2.0
/**
 * The retained messages: the index of their topics at this gateway, and sending those that match to a subscription that has
 * begun, page by page.
 *
 * <pre>
 *   SUBSCRIBE ─▶ RetainedMessages ─▶ RetainedReplay ─▶ RetainedRequests ─▶ RetainedStore
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.routing.retained;

import org.jspecify.annotations.NullMarked;
