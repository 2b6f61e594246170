// SPDX-License-Identifier: Apache-2.0
/**
 * What a gateway does for sessions that are not connected: it sweeps those that have expired and the wills whose delay
 * has passed.
 */
@NullMarked
package dev.holdfast.gateway.cluster;

import org.jspecify.annotations.NullMarked;
