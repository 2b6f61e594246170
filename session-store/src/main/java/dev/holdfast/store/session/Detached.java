// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a detach.
 *
 * @param erased the session that ended with the connection, or null if it lives on
 * @param will the will that is the caller's to publish now, since it has no delay or the session has ended
 *     [MQTT-3.1.3-9]; or null
 */
public record Detached(@Nullable Erased erased, @Nullable DueWill will) {}
