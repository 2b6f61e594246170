// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.auth.TokenRef;
import dev.holdfast.gateway.auth.TokenRefusal;
import dev.holdfast.gateway.auth.acl.AclRules;
import dev.holdfast.gateway.auth.acl.ClientIdTemplate;
import dev.holdfast.gateway.auth.acl.CompiledPermissions;
import dev.holdfast.gateway.auth.acl.Placeholders;
import dev.holdfast.gateway.auth.keys.KeySet;
import dev.holdfast.gateway.auth.keys.KeySource;
import dev.holdfast.gateway.auth.keys.RawKey;
import dev.holdfast.gateway.auth.keys.SigningAlgorithm;
import dev.holdfast.gateway.auth.keys.VerificationKey;
import dev.holdfast.gateway.auth.token.Claims;
import dev.holdfast.gateway.auth.token.TokenRefusedException;
import dev.holdfast.gateway.auth.token.TokenType;
import dev.holdfast.gateway.auth.token.UnverifiedToken;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One party whose tokens are taken: its keys, its algorithms, and what its tokens must say. */
final class Issuer implements AutoCloseable {
    private static final String ACL_CLAIM = "acl";

    private final IssuerConfig config;
    private final List<SigningAlgorithm> algorithms;
    private final List<String> types;
    private final AclRules defaultAcl;
    private final @Nullable ClientIdTemplate clientIds;
    private final TimeRules time;
    private final KeySource keys;
    private final boolean isClientIdBound;

    private Issuer(IssuerSettings settings, TimeRules time, KeySource keys) {
        this.config = settings.config();
        this.algorithms = settings.algorithms();
        this.types = config.tokenTypes().stream().map(TokenType::normal).toList();
        this.defaultAcl = settings.defaultAcl();
        this.clientIds = settings.clientIds();
        this.time = time;
        this.keys = keys;
        this.isClientIdBound = settings.isClientIdBound();
    }

    /** Opens a source of keys for the algorithms of an issuer. */
    interface KeyOpening {
        KeySource open(List<SigningAlgorithm> algorithms, Function<List<RawKey>, KeySet> keySet)
                throws AuthConfigException;
    }

    /** Opens the keys. */
    static Issuer open(IssuerSettings settings, TimeRules time, KeyOpening opening) throws AuthConfigException {
        KeySource keys = opening.open(settings.algorithms(), raw -> KeySet.of(raw, settings.algorithms()));
        return new Issuer(settings, time, keys);
    }

    String name() {
        return config.issuer();
    }

    boolean isClientIdBound() {
        return isClientIdBound;
    }

    KeySource keys() {
        return keys;
    }

    /** The algorithm of a token, which must be on the list. */
    SigningAlgorithm algorithm(UnverifiedToken token) throws TokenRefusedException {
        SigningAlgorithm algorithm = SigningAlgorithm.of(token.algorithm());
        if (algorithm == null || algorithms.stream().noneMatch(listed -> listed.covers(algorithm))) {
            throw new TokenRefusedException(TokenRefusal.ALGORITHM);
        }
        return algorithm;
    }

    /** Checks the signature with the keys found, then everything that is the same for all clients of the token. */
    VerifiedToken verify(UnverifiedToken token, List<VerificationKey> candidates, KeySet from)
            throws TokenRefusedException {
        SigningAlgorithm algorithm = algorithm(token);
        TokenRefusedException refused = new TokenRefusedException(TokenRefusal.KEY);
        for (VerificationKey key : candidates) {
            try {
                key.verify(token, algorithm);
                TokenType.require(token.type(), types, token.claims());
                return judge(new Claims(token.claims()), from);
            } catch (TokenRefusedException e) {
                if (e.why() != TokenRefusal.SIGNATURE) {
                    throw e;
                }
                refused = e;
            }
        }
        throw refused;
    }

    private VerifiedToken judge(Claims claims, KeySet from) throws TokenRefusedException {
        Instant now = time.now();
        Instant expires = claims.time("exp");
        Instant notBefore = claims.time("nbf");
        Instant issuedAt = claims.time("iat");
        if (expires == null || !config.issuer().equals(claims.map().get("iss"))) {
            throw new TokenRefusedException(TokenRefusal.CLAIMS);
        }
        Instant until = expires.plus(time.skew());
        if (!now.isBefore(until)) {
            throw new TokenRefusedException(TokenRefusal.EXPIRED);
        }
        Instant latest = now.plus(time.skew());
        if ((notBefore != null && notBefore.isAfter(latest)) || (issuedAt != null && issuedAt.isAfter(latest))) {
            throw new TokenRefusedException(TokenRefusal.NOT_YET);
        }
        if (!claims.isFor(config.audience())) {
            throw new TokenRefusedException(TokenRefusal.AUDIENCE);
        }
        String subject = claims.name("sub");
        if (subject == null) {
            throw new TokenRefusedException(TokenRefusal.CLAIMS);
        }
        TokenRef ref = new TokenRef(config.issuer(), subject, claims.name("jti"), issuedAt);
        return new VerifiedToken(this, ref, until, claims, acl(claims), from);
    }

    private AclRules acl(Claims claims) throws TokenRefusedException {
        if (!claims.map().containsKey(ACL_CLAIM)) {
            return defaultAcl;
        }
        try {
            return AclRules.ofClaim(claims.map().get(ACL_CLAIM));
        } catch (AclRules.GarbledException e) {
            throw new TokenRefusedException(TokenRefusal.ACL);
        }
    }

    /** Whether a token may mean different things for different clients. */
    boolean dependsOnClient(AclRules acl) {
        return config.clientIdClaim() != null
                || clientIds != null
                || acl.dependOnClient()
                || config.requiredClaims().values().stream().anyMatch(Placeholders::dependsOnClient);
    }

    /** What a verified token gives this client. */
    Identity bind(VerifiedToken token, Placeholders client) throws TokenRefusedException {
        for (Map.Entry<String, String> required : config.requiredClaims().entrySet()) {
            String value = client.fill(required.getValue());
            if (value == null || !token.claims().says(required.getKey(), value)) {
                throw new TokenRefusedException(TokenRefusal.REQUIRED_CLAIM);
            }
        }
        String claim = config.clientIdClaim();
        if ((claim != null && !token.claims().says(claim, client.clientId()))
                || (clientIds != null && !clientIds.fits(client))) {
            throw new TokenRefusedException(TokenRefusal.CLIENT_ID);
        }
        return new Identity(
                Identity.principal(config.issuer(), token.ref().subject()),
                CompiledPermissions.of(token.acl(), client),
                token.until(),
                token.ref(),
                isClientIdBound);
    }

    @Override
    public void close() {
        keys.close();
    }
}
