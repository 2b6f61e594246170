// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.acl.AclRules;
import dev.holdfast.gateway.auth.acl.ClientIdTemplate;
import dev.holdfast.gateway.auth.acl.Placeholders;
import dev.holdfast.gateway.auth.keys.SigningAlgorithm;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.ProblemList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one issuer, understood.
 *
 * @param config as written
 * @param algorithms the {@code alg} values that are taken
 * @param defaultAcl the rules for tokens that bring none
 * @param clientIds what client identifiers look like, or null
 */
record IssuerSettings(
        IssuerConfig config,
        List<SigningAlgorithm> algorithms,
        AclRules defaultAcl,
        @Nullable ClientIdTemplate clientIds) {

    /** Understands them; what cannot be understood is complained of and left out. */
    static IssuerSettings of(IssuerConfig config, Complaints complaints) {
        if (config.issuer().isEmpty() || config.issuer().contains("|")) {
            complaints.about("issuer", "needs a name, without |");
        }
        if (config.audience().isEmpty()) {
            complaints.about("audience", "must be written (\"*\" takes any)");
        }
        config.requiredClaims().forEach((claim, value) -> {
            if (!Placeholders.areKnown(value)) {
                complaints.about("required-claims." + claim, "a placeholder that is not known in \"" + value + "\"");
            }
        });
        requireProven(config, complaints);
        return new IssuerSettings(
                config,
                algorithms(config.algorithms(), complaints),
                AclRules.ofConfig(config.defaultAcl(), complaints.in("default-acl")),
                template(config.clientIdTemplate(), complaints));
    }

    /**
     * A user name is what the client writes into its CONNECT, and so is a client identifier: a rule that names either gives
     * everybody everybody's topics, unless a claim of the token binds it.
     */
    private static void requireProven(IssuerConfig config, Complaints complaints) {
        boolean isUserProven = isBoundByClaim("${username}", config);
        String template = config.clientIdTemplate();
        if (!isUserProven && template != null && template.contains("${username}")) {
            complaints.about("client-id-template", unproven("${username}"));
        }
        boolean isClientProven = isClientIdBound(config);
        for (int i = 0; i < config.defaultAcl().size(); i++) {
            for (String topic : config.defaultAcl().get(i).topics()) {
                if (!isUserProven && topic.contains("${username}")) {
                    complaints.about("default-acl[" + i + "]", unproven("${username}"));
                }
                if (!isClientProven && topic.contains("${clientid}")) {
                    complaints.about("default-acl[" + i + "]", unproven("${clientid}"));
                }
            }
        }
    }

    /** Whether a client identifier is compared with what the token says. */
    boolean isClientIdBound() {
        return isClientIdBound(config);
    }

    private static boolean isClientIdBound(IssuerConfig config) {
        String template = config.clientIdTemplate();
        return config.clientIdClaim() != null
                || (template != null && (Placeholders.in(template) || !template.endsWith("*")))
                || isBoundByClaim("${clientid}", config);
    }

    private static boolean isBoundByClaim(String placeholder, IssuerConfig config) {
        return config.requiredClaims().values().stream().anyMatch(value -> Placeholders.isOnly(placeholder, value));
    }

    private static String unproven(String placeholder) {
        return placeholder + " is whatever the client writes into its CONNECT; "
                + (placeholder.equals("${username}")
                        ? "bind it, as in required-claims: {preferred_username: \"${username}\"}, or use ${sub} or ${claims.name}"
                        : "bind it by client-id-claim or client-id-template (for example web-${sub}-*), or use ${sub} or "
                                + "${claims.name}");
    }

    private static List<SigningAlgorithm> algorithms(List<String> written, Complaints complaints) {
        List<SigningAlgorithm> algorithms = new ArrayList<>();
        for (int i = 0; i < written.size(); i++) {
            SigningAlgorithm algorithm = SigningAlgorithm.of(written.get(i));
            if (algorithm != null) {
                algorithms.add(algorithm);
            } else {
                complaints.about(
                        "algorithms[" + i + "]",
                        "no such algorithm: " + written.get(i) + objection(written.get(i)) + "; known: "
                                + SigningAlgorithm.names());
            }
        }
        if (written.isEmpty()) {
            complaints.about("algorithms", "must be written, for example [RS256]");
        }
        return List.copyOf(algorithms);
    }

    /** Why one that is registered all the same is not known here. */
    private static String objection(String id) {
        return id.equals("ES256K")
                ? " (Java has no secp256k1)"
                : id.equals("none") ? " (it would let everybody in)" : "";
    }

    private static @Nullable ClientIdTemplate template(@Nullable String template, Complaints complaints) {
        try {
            return template == null ? null : ClientIdTemplate.of(template);
        } catch (AuthConfigException e) {
            complaints.about("client-id-template", String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** Understands settings in which nothing may be wrong. */
    static IssuerSettings of(IssuerConfig config) throws AuthConfigException {
        ProblemList problems = new ProblemList();
        IssuerSettings settings = of(config, problems);
        AuthConfigException.throwIfAny(problems);
        return settings;
    }
}
