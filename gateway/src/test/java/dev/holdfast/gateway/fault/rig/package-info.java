// SPDX-License-Identifier: Apache-2.0
/**
 * The rig of the fault runs: clients that come back to other gateways, what strikes the gateways and Redis, and the run
 * that puts them together.
 */
@NullMarked
package dev.holdfast.gateway.fault.rig;

import org.jspecify.annotations.NullMarked;
