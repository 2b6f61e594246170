// SPDX-License-Identifier: Apache-2.0
/**
 * Notes: what one gateway tells another one, and how notes are written as bytes and read. The gateways of one release
 * agree on them.
 */
@NullMarked
package dev.holdfast.gateway.cluster.notes;

import org.jspecify.annotations.NullMarked;
