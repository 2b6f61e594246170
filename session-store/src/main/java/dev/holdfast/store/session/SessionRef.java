// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

/**
 * The right to change one session: its client identifier and the epoch that the attach returned. A later attach bumps
 * the epoch, and from then on every operation with this reference is refused as stale (fencing).
 *
 * @param clientId the client identifier
 * @param epoch grows at every attach of this client identifier
 */
public record SessionRef(String clientId, long epoch) {}
