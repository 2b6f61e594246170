// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One access rule, in the shape that EMQX users know. The first rule that fits decides.
 *
 * @param permission {@code allow} or {@code deny}
 * @param action {@code publish}, {@code subscribe} or {@code all}
 * @param topics topic filters; may hold {@code ${clientid}}, {@code ${username}} and {@code ${sub}}; {@code eq } in
 *     front takes the filter literally
 * @param qos the QoS levels the rule is about; empty = all
 * @param retain the RETAIN flag the rule is about, for publishing; null = both
 */
public record AclRuleConfig(
        String permission,
        String action,
        List<String> topics,
        List<Integer> qos,
        @Nullable Boolean retain) {

    /** Copies what is mutable. */
    public AclRuleConfig {
        permission = Objects.requireNonNullElse(permission, "");
        action = Objects.requireNonNullElse(action, "");
        topics = List.copyOf(Objects.requireNonNullElse(topics, List.of()));
        qos = List.copyOf(Objects.requireNonNullElse(qos, List.of()));
    }
}
