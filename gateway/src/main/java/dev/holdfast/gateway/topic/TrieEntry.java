// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

/** What stands in a {@link SubscriptionTrie} under a filter. Immutable. */
public interface TrieEntry {
    /** Who subscribes: there is one entry for each filter and key. Needs equals and hashCode. */
    Object key();
}
