// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.store.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message with who published it.
 *
 * @param publisher the client identifier, or null for a message of a gateway's own
 */
public record Publication(Message message, @Nullable String publisher) {}
