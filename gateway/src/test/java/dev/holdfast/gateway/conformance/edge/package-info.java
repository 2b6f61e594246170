// SPDX-License-Identifier: Apache-2.0
/**
 * What stands before the gateway: TLS, balancers and proxies, health checks.
 */
@NullMarked
package dev.holdfast.gateway.conformance.edge;

import org.jspecify.annotations.NullMarked;
