// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.auth;

import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One party whose tokens are taken.
 *
 * @param issuer the exact {@code iss} of its tokens; without {@code |}, which separates it from the subject
 * @param audience one of these must be in {@code aud}; must be written, {@code "*"} takes any
 * @param algorithms the {@code alg} values taken from this issuer; must be written: HS256/384/512, RS*, PS*, ES*, Ed25519,
 *     Ed448, EdDSA for both
 * @param tokenTypes the {@code typ} values demanded; empty for any that names no other kind of token
 * @param keys where its keys are
 * @param requiredClaims claims that must be there with this value; {@code ${clientid}}, {@code ${username}} and
 *     {@code ${sub}} stand for the client's own
 * @param clientIdClaim a claim that names the client identifier (or lists several); null = not bound by a claim
 * @param clientIdTemplate what client identifiers of this subject look like, for example {@code ${sub}} or
 *     {@code web-${sub}-*}; null = not bound by a template
 * @param defaultAcl the rules for tokens without an {@code acl} claim; empty = such tokens may do nothing
 */
public record IssuerConfig(
        @Doc("The iss of its tokens, compared character by character. Without |.") @Default("")
        String issuer,

        @Doc("One of these must be in aud; \"*\" takes any. Must be written.") @Default("")
        List<String> audience,

        @Doc(
                "The alg values taken from this issuer: HS256, HS384, HS512, RS*, PS*, ES*, Ed25519, Ed448, or EdDSA for both. "
                        + "Must be written.")
        @Default("")
        List<String> algorithms,

        @Doc("The typ values that a token must have one of, for example at+jwt. Empty: at+jwt, JWT, none at all and "
                + "whatever names no kind of token; logout+jwt and the like are refused.")
        @Default("")
        List<String> tokenTypes,

        @Doc("Where its keys are.") KeysConfig keys,

        @Doc(
                "Claims that must be there with this value, nested ones by path (realm_access.roles); ${clientid}, ${username} "
                        + "and ${sub} stand for the client's own.")
        Map<String, String> requiredClaims,

        @Doc("A claim that names the client identifier, or lists several; the client must use one of them.") @Nullable
        String clientIdClaim,

        @Doc("What client identifiers of a subject look like: ${sub}, or web-${sub}-* with one * at the end.") @Nullable
        String clientIdTemplate,

        @Doc(
                "The rules for tokens without an acl claim. Empty: such tokens may do nothing. ${username} and ${clientid} only "
                        + "if a claim binds them (required-claims, client-id-claim, client-id-template).")
        @Default("")
        List<AclRuleConfig> defaultAcl) {

    /** Copies what is mutable; what is missing becomes empty and is refused at start where it must be written. */
    public IssuerConfig {
        issuer = Objects.requireNonNullElse(issuer, "");
        audience = List.copyOf(Objects.requireNonNullElse(audience, List.of()));
        algorithms = List.copyOf(Objects.requireNonNullElse(algorithms, List.of()));
        tokenTypes = List.copyOf(Objects.requireNonNullElse(tokenTypes, List.of()));
        keys = Objects.requireNonNullElse(keys, KeysConfig.NONE);
        requiredClaims = Map.copyOf(Objects.requireNonNullElse(requiredClaims, Map.of()));
        defaultAcl = List.copyOf(Objects.requireNonNullElse(defaultAcl, List.of()));
    }

    /** One that demands no type of token. */
    public IssuerConfig(
            String issuer,
            List<String> audience,
            List<String> algorithms,
            KeysConfig keys,
            Map<String, String> requiredClaims,
            @Nullable String clientIdClaim,
            @Nullable String clientIdTemplate,
            List<AclRuleConfig> defaultAcl) {
        this(
                issuer,
                audience,
                algorithms,
                List.of(),
                keys,
                requiredClaims,
                clientIdClaim,
                clientIdTemplate,
                defaultAcl);
    }
}
