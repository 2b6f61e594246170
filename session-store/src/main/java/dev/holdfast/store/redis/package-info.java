// SPDX-License-Identifier: Apache-2.0
/**
 * What an operator sets of Redis, and what he is told of it: settings, addresses, logins, outages. The stores themselves are in
 * the packages below, which import each other in this direction only:
 *
 * <pre>
 *   redis ◀── script ◀── server ◀── lane ◀── connection ◀── session ◀── cluster
 *         ◀── failure ◀─────────────┘            ▲
 *                  ▲                             └───────── retained, log
 *                  └── check (looks at a server before it is trusted; on a socket of its own)
 * </pre>
 *
 * <ul>
 *   <li>{@code script}: the Lua scripts, the names of keys, and how arguments and answers are encoded
 *   <li>{@code failure}: what a failure of Redis means, for a retry and for the operator
 *   <li>{@code server}: the Redis processes behind the masters, their clocks, and which of them may have lost writes
 *   <li>{@code lane}: the ordered writers, one batch in flight each
 *   <li>{@code connection}: the client, the lanes and the outages of one gateway
 *   <li>{@code session}, {@code retained}, {@code log}, {@code cluster}: the stores
 * </ul>
 *
 * Only these packages know Redisson. All keys of one session share a hash tag, so each operation on a session is one script
 * on one slot.
 */
@NullMarked
package dev.holdfast.store.redis;

import org.jspecify.annotations.NullMarked;
