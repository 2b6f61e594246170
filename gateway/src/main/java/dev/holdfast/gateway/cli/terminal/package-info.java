// SPDX-License-Identifier: Apache-2.0
/** What commands have in common: how they are told durations and addresses, and how they print tables, JSON and text of strangers. */
@NullMarked
package dev.holdfast.gateway.cli.terminal;

import org.jspecify.annotations.NullMarked;
