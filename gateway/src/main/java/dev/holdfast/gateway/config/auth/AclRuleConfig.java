// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.auth;

import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
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
        @Doc("allow or deny. The first rule that fits decides.") @Default("")
        String permission,

        @Doc("publish, subscribe or all.") @Default("") String action,

        @Doc(
                "Topic filters; ${clientid}, ${username} and ${sub} stand for the client's own, ${claims.tenant} for a claim, "
                        + "nested ones by path (${claims.realm_access.roles}), each value of a list in turn; \"eq \" in front takes "
                        + "the filter literally.")
        @Default("")
        List<String> topics,

        @Doc("The QoS levels the rule is about. Empty: all.") @Default("")
        List<Integer> qos,

        @Doc("The RETAIN flag the rule is about, for publishing. Not set: both.") @Nullable
        Boolean retain) {

    /** Copies what is mutable. */
    public AclRuleConfig {
        permission = Objects.requireNonNullElse(permission, "");
        action = Objects.requireNonNullElse(action, "");
        topics = List.copyOf(Objects.requireNonNullElse(topics, List.of()));
        qos = List.copyOf(Objects.requireNonNullElse(qos, List.of()));
    }
}
