// SPDX-License-Identifier: Apache-2.0
/**
 * The process that the gateway runs in: the format and level of its log, its memory (an error that it cannot survive, a heap
 * that stays full), its signals, and the system properties that libraries read.
 */
@NullMarked
package dev.holdfast.gateway.process;

import org.jspecify.annotations.NullMarked;
