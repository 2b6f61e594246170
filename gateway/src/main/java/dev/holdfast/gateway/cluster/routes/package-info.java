// SPDX-License-Identifier: Apache-2.0
/**
 * Routes across gateways: changes are announced, routes of others are learned, and both are repaired when something may
 * have been lost.
 */
@NullMarked
package dev.holdfast.gateway.cluster.routes;

import org.jspecify.annotations.NullMarked;
