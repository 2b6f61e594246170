// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.log;

import dev.holdfast.store.Message;
import org.jspecify.annotations.Nullable;

/**
 * One message of a log.
 *
 * @param index its place in the log
 * @param message as it was published
 * @param publisher the client identifier of the publisher, or null for a message of a gateway's own
 */
public record LogEntry(
        long index, Message message, @Nullable String publisher) {}
