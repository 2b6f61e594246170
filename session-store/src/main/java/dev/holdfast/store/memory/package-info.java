// SPDX-License-Identifier: Apache-2.0
/**
 * The whole contract inside one process: the embedded default, and the model that the contract tests believe.
 *
 * <pre>
 *   MemorySessionStore ──▶ MemorySession ──▶ OutboundQueue ──▶ SlotRing, RecentIds
 *          │                     └─────────▶ InboundPackets
 *          └──▶ Schedule (session ends, delayed wills) ◀── MemoryRetainedStore (message expiry)
 * </pre>
 *
 * Nothing here survives the process, and nothing here runs on a thread of its own.
 */
@NullMarked
package dev.holdfast.store.memory;

import org.jspecify.annotations.NullMarked;
