// SPDX-License-Identifier: Apache-2.0
/**
 * Topic names, topic filters, shared filters, and the two trees that match them: subscriptions by a topic name,
 * retained topics by a topic filter. Pure: imports the JDK and nothing of ours.
 *
 * <pre>
 *   SubscriptionTrie, SubscriptionSearch  ── FilterNode ──┐                ┌── TrieEntry (one filter's, without a node)
 *                                                         ├── LevelNode ── TreeChild
 *   TopicTree, TopicSearch                ── TopicNode ───┘      └── Children (the child itself | few | many)
 * </pre>
 *
 * Concurrency: readers take no lock. A writer locks one node for one step; two or three, parents before children, where
 * nodes are taken out, cut in two or joined. A node that leaves the tree is marked so that a writer that found it before
 * starts again from the root.
 */
@NullMarked
package dev.holdfast.gateway.topic;

import org.jspecify.annotations.NullMarked;
