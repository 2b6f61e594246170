// SPDX-License-Identifier: Apache-2.0
/**
 * What an operator does: the REST API, metrics, reload, draining, shutdown, lifecycle events.
 */
@NullMarked
package dev.holdfast.gateway.conformance.operate;

import org.jspecify.annotations.NullMarked;
