// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.auth.Permissions;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.store.Message;
import dev.holdfast.store.Will;
import org.jspecify.annotations.Nullable;

/**
 * The will that a client asks for when it connects.
 *
 * @param will the will; null if it cannot be read
 * @param invalid why it cannot be read; null if it can
 */
public record WillAsked(@Nullable Will will, @Nullable Outcome invalid) {

    /** Why the client may not have this will; null if it may. */
    @Nullable
    Outcome refusal(Permissions permissions, LimitsConfig limits) {
        if (will == null) {
            return invalid;
        }
        Message message = will.message();
        if (message.payloadLength() > limits.maxWillBytes().asInt()) {
            return Outcome.QUOTA_EXCEEDED;
        }
        boolean allowed = !SystemTopics.isReserved(message.topic())
                && permissions.mayPublish(message.topic(), message.qos(), message.isRetain());
        return allowed ? null : Outcome.NOT_AUTHORIZED;
    }
}
