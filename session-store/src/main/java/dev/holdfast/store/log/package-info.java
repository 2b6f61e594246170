// SPDX-License-Identifier: Apache-2.0
/**
 * The contract of logs: a message for all kept sessions that subscribe to one filter is stored once, and each session reads it
 * there. How far a session has come is part of the session ({@code session.LogCursor}).
 */
@NullMarked
package dev.holdfast.store.log;

import org.jspecify.annotations.NullMarked;
