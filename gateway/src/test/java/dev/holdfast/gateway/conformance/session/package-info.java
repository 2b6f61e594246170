// SPDX-License-Identifier: Apache-2.0
/**
 * Sessions that outlive their connection, their queues, and their end.
 */
@NullMarked
package dev.holdfast.gateway.conformance.session;

import org.jspecify.annotations.NullMarked;
