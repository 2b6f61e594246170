// SPDX-License-Identifier: Apache-2.0
/** The commands that load a gateway and measure what it answers. */
@NullMarked
package dev.holdfast.gateway.cli.bench;

import org.jspecify.annotations.NullMarked;
