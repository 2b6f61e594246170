// SPDX-License-Identifier: Apache-2.0
/**
 * A Redis that fails, loses data, or runs as Sentinel or Cluster.
 */
@NullMarked
package dev.holdfast.gateway.conformance.store;

import org.jspecify.annotations.NullMarked;
