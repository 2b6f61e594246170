// SPDX-License-Identifier: Apache-2.0
/** The command line: {@code main}, the commands with their flags, and what they print. */
@NullMarked
package dev.holdfast.gateway.cli;

import org.jspecify.annotations.NullMarked;
