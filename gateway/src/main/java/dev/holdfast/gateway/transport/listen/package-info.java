// SPDX-License-Identifier: Apache-2.0
/**
 * The listeners and what they stand on: Undertow's worker, its I/O threads as loops, and one accept socket per address,
 * whose connections go through the PROXY header and TLS, where configured, to the wires of {@code tcp} and {@code ws}.
 */
@NullMarked
package dev.holdfast.gateway.transport.listen;

import org.jspecify.annotations.NullMarked;
