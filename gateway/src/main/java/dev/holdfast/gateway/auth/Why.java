// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

/** Every reason for which a token is refused: what the client is told, and the constant for metric and log. */
enum Why {
    NO_TOKEN(Verdict.Kind.BAD_CREDENTIALS, "no-token"),
    AMBIGUOUS(Verdict.Kind.BAD_CREDENTIALS, "ambiguous"),
    TOO_LONG(Verdict.Kind.BAD_CREDENTIALS, "too-long"),
    SHAPE(Verdict.Kind.BAD_CREDENTIALS, "shape"),
    HEADER(Verdict.Kind.BAD_CREDENTIALS, "header"),
    ISSUER(Verdict.Kind.BAD_CREDENTIALS, "issuer"),
    ALGORITHM(Verdict.Kind.BAD_CREDENTIALS, "algorithm"),
    KEY(Verdict.Kind.BAD_CREDENTIALS, "key"),
    SIGNATURE(Verdict.Kind.BAD_CREDENTIALS, "signature"),
    CLAIMS(Verdict.Kind.BAD_CREDENTIALS, "claims"),
    EXPIRED(Verdict.Kind.BAD_CREDENTIALS, "expired"),
    NOT_YET(Verdict.Kind.BAD_CREDENTIALS, "not-yet"),
    AUDIENCE(Verdict.Kind.BAD_CREDENTIALS, "audience"),
    ACL(Verdict.Kind.BAD_CREDENTIALS, "acl"),
    REVOKED(Verdict.Kind.NOT_AUTHORIZED, "revoked"),
    REQUIRED_CLAIM(Verdict.Kind.NOT_AUTHORIZED, "required-claim"),
    CLIENT_ID(Verdict.Kind.NOT_AUTHORIZED, "client-id"),
    KEYS_UNAVAILABLE(Verdict.Kind.SERVER_UNAVAILABLE, "keys-unavailable"),
    BUSY(Verdict.Kind.SERVER_UNAVAILABLE, "busy");

    private final Verdict.Kind kind;
    private final String constant;

    Why(Verdict.Kind kind, String constant) {
        this.kind = kind;
        this.constant = constant;
    }

    String constant() {
        return constant;
    }

    Verdict verdict() {
        return new Verdict.Refused(kind, constant);
    }
}
