// SPDX-License-Identifier: Apache-2.0
/**
 * A message in, everyone who must have it out: live sessions, the queues of kept sessions, one member of each shared
 * subscription, the retained messages.
 *
 * <pre>
 *   publish ─▶ Router ─▶ Audience (who matches, compiled once per topic)
 *                 ├─▶ live clean sessions, thread by thread
 *                 ├─▶ SessionStore.enqueue ─▶ live kept sessions, as hints
 *                 ├─▶ SharedDispatch, member by member
 *                 └─▶ retained.RetainedMessages
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.routing;

import org.jspecify.annotations.NullMarked;
