// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

/**
 * Every reason for which a token is refused: what the client is told, the constant for metric and log, and words for the
 * operator.
 */
public enum TokenRefusal {
    NO_TOKEN(Verdict.Kind.BAD_CREDENTIALS, "no_token", "there is no token"),
    AMBIGUOUS(Verdict.Kind.BAD_CREDENTIALS, "ambiguous", "there are two tokens in one place"),
    TOO_LONG(Verdict.Kind.BAD_CREDENTIALS, "too_long", "it is longer than max-token-bytes"),
    SHAPE(Verdict.Kind.BAD_CREDENTIALS, "shape", "it is not three parts of base64url with dots between them"),
    HEADER(
            Verdict.Kind.BAD_CREDENTIALS,
            "header",
            "the header is no plain JSON, or asks for what is not done: crit, b64, zip, enc, cty"),
    ISSUER(Verdict.Kind.BAD_CREDENTIALS, "issuer", "iss is not that of any issuer"),
    ALGORITHM(Verdict.Kind.BAD_CREDENTIALS, "algorithm", "alg is not on the issuer's list"),
    KEY(Verdict.Kind.BAD_CREDENTIALS, "key", "no key of the issuer has its kid and fits its alg"),
    SIGNATURE(Verdict.Kind.BAD_CREDENTIALS, "signature", "it was signed by another key, or changed"),
    CLAIMS(Verdict.Kind.BAD_CREDENTIALS, "claims", "exp or sub is missing, or a claim has the wrong type"),
    EXPIRED(Verdict.Kind.BAD_CREDENTIALS, "expired", "exp has passed"),
    NOT_YET(Verdict.Kind.BAD_CREDENTIALS, "not_yet", "nbf or iat lies in the future"),
    AUDIENCE(Verdict.Kind.BAD_CREDENTIALS, "audience", "aud names none of the audiences"),
    ACL(Verdict.Kind.BAD_CREDENTIALS, "acl", "the acl claim is garbled"),
    TYPE(Verdict.Kind.BAD_CREDENTIALS, "type", "typ says that it is no access token, or not one of token-types"),
    BOUND(
            Verdict.Kind.BAD_CREDENTIALS,
            "bound",
            "it is bound to a key (cnf, DPoP), and nobody here can prove to have it"),
    REVOKED(Verdict.Kind.NOT_AUTHORIZED, "revoked", "it has been revoked"),
    REQUIRED_CLAIM(Verdict.Kind.NOT_AUTHORIZED, "required_claim", "a required claim is missing or says something else"),
    OTHER_PRINCIPAL(Verdict.Kind.NOT_AUTHORIZED, "other_principal", "it is of another subject than the connection"),
    CLIENT_ID(Verdict.Kind.NOT_AUTHORIZED, "client_id", "it is not for this client identifier"),
    KEYS_UNAVAILABLE(Verdict.Kind.SERVER_UNAVAILABLE, "keys_unavailable", "the issuer's keys cannot be read now"),
    NOT_JUDGED(Verdict.Kind.SERVER_UNAVAILABLE, "not_judged", "whoever judges it has failed"),
    BUSY(Verdict.Kind.SERVER_UNAVAILABLE, "busy", "too many tokens wait to be judged");

    private final Verdict.Kind kind;
    private final String constant;
    private final String words;

    TokenRefusal(Verdict.Kind kind, String constant, String words) {
        this.kind = kind;
        this.constant = constant;
        this.words = words;
    }

    /** The words for a constant. */
    public static String words(String constant) {
        for (TokenRefusal each : values()) {
            if (each.constant.equals(constant)) {
                return each.words;
            }
        }
        return constant;
    }

    /** The reason in words, for the operator. */
    public String words() {
        return words;
    }

    /** The name of the reason in metrics and in the log, such as {@code expired}. */
    public String constant() {
        return constant;
    }

    /** The verdict that refuses a client for this reason. */
    public Verdict.Refused verdict() {
        return new Verdict.Refused(kind, constant, isFailedLogin());
    }

    /**
     * Tabs that were left open show tokens that were good once, as often as they like: that must not lock out those who
     * share their address. Who has such a token had it from the issuer, and has guessed nothing.
     */
    private boolean isFailedLogin() {
        return switch (this) {
            case EXPIRED, NOT_YET, REVOKED -> false;
            default -> kind != Verdict.Kind.SERVER_UNAVAILABLE;
        };
    }
}
