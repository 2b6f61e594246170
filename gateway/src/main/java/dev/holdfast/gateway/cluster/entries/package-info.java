// SPDX-License-Identifier: Apache-2.0
/**
 * Entries: numbered bundles of notes from one gateway to another, over a link or through the reader's inbox in the
 * store, each read once and in order.
 */
@NullMarked
package dev.holdfast.gateway.cluster.entries;

import org.jspecify.annotations.NullMarked;
