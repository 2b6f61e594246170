// SPDX-License-Identifier: Apache-2.0
/**
 * The contract inside one process, which needs no membership and no inbox: the embedded default, and the model that the
 * contract tests believe.
 *
 * <pre>
 *   MemorySessionStore ──▶ MemorySession ──▶ OutboundQueue ──▶ SlotRing, RecentIds
 *          │                     └─────────▶ InboundPackets
 *          └──▶ Endings (session ends, delayed wills)      MemoryRetainedStore ──▶ DueQueue (message expiry)
 * </pre>
 *
 * Nothing here survives the process, and nothing here runs on a thread of its own.
 */
@NullMarked
package dev.holdfast.store.memory;

import org.jspecify.annotations.NullMarked;
