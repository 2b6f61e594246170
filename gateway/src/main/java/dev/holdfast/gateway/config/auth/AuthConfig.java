// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.auth;

import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in. With both a {@code jwt} section and {@code anonymous}, a client that shows a token is judged by it
 * and one that shows none is anonymous.
 */
public record AuthConfig(
        @Doc("Whether everybody may connect, publish and subscribe without saying who they are. With auth.jwt too, a "
                + "client that shows a token is judged by it, and refused if it is no good; one that shows none is "
                + "anonymous.")
        @Default(value = "false", dev = "true")
        boolean anonymous,

        @Doc(
                "What anonymous clients may publish and subscribe to, in the shape of auth.jwt.issuers[].default-acl; what no "
                        + "rule allows is denied. Empty: everything.")
        @Default("")
        List<AclRuleConfig> anonymousAcl,

        @Doc(
                "Whether anonymous clients may publish $SYS/broker/connection/NAME/state, where a mosquitto that is a bridge says "
                        + "whether it is connected. Where there are rules (auth.anonymous-acl, a token's acl), one of them must allow it.")
        @Default(value = "false", dev = "true")
        boolean anonymousBridgeStates,

        @Doc("Whether an MQTT 5 client is told that a permission is what it lacks when a PUBLISH or a filter is denied "
                + "(0x87, with a reason string). If not, it is told 0x80, unspecified error, and no more: for operators who "
                + "do not say why, and for clients that know no other refusal.")
        @Default("true")
        boolean revealDenials,

        @Doc("How JSON Web Tokens are judged. Once an issuer is written, what no rule allows is denied.") @Nullable
        JwtConfig jwt)
        implements Checked {
    /** Copies what is mutable. */
    public AuthConfig {
        anonymousAcl = List.copyOf(Objects.requireNonNullElse(anonymousAcl, List.of()));
    }

    @Override
    public void check(Complaints complaints) {
        if (jwt != null && jwt.issuers().isEmpty()) {
            complaints.about("jwt", "at least one issuer is needed (auth.jwt.issuers)");
        } else if (!anonymous && jwt == null) {
            complaints.about(
                    "anonymous",
                    "nobody could connect: no authentication is configured. Write auth.jwt to let those in who have a "
                            + "token, auth.anonymous: true to let everybody in, or use --dev on your own machine");
        }
    }
}
