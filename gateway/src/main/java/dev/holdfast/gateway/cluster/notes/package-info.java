// SPDX-License-Identifier: Apache-2.0
/**
 * Notes: what one gateway tells another one, and how notes are written as bytes and read. What stands behind a kind
 * never changes, since two releases talk during a rolling upgrade: another shape is another kind, and a kind that is not known is
 * passed over.
 */
@NullMarked
package dev.holdfast.gateway.cluster.notes;

import org.jspecify.annotations.NullMarked;
