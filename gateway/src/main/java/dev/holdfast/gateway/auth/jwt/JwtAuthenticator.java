// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.Authenticator;
import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.TokenRefusal;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.auth.keys.AuthThreads;
import dev.holdfast.gateway.auth.keys.FixedKeys;
import dev.holdfast.gateway.auth.keys.KeyOpener;
import dev.holdfast.gateway.auth.keys.KeyReadings;
import dev.holdfast.gateway.auth.keys.KeySet;
import dev.holdfast.gateway.auth.keys.KeySource;
import dev.holdfast.gateway.auth.keys.SigningAlgorithm;
import dev.holdfast.gateway.auth.keys.VerificationKey;
import dev.holdfast.gateway.auth.revocation.Revocations;
import dev.holdfast.gateway.auth.token.TokenHash;
import dev.holdfast.gateway.auth.token.TokenRefusedException;
import dev.holdfast.gateway.auth.token.TokenSources;
import dev.holdfast.gateway.auth.token.UnverifiedToken;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.ProblemList;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;

/**
 * Judges JSON Web Tokens (RFC 7519, signed as in RFC 7515).
 *
 * <p>The order of the checks: where the token is ({@link TokenSources}); its shape; the issuer, looked up in a fixed
 * map; the algorithm, on that issuer's list; the key, from that issuer's keys; the signature; times, audience, subject,
 * access rules; revocation; what binds it to this client. Until the signature is known to be good nothing that the token
 * says has any effect but to choose among what the configuration holds.
 *
 * <p>One token may be used by several clients at once, unless it is bound to a client identifier: it is a bearer token.
 *
 * <p>Threads: called on I/O threads. A token seen before, an HMAC and an RSA signature are judged in place, in well
 * under 100 microseconds; elliptic curves are checked on threads of its own, and keys are only ever fetched there.
 */
public final class JwtAuthenticator implements Authenticator, AutoCloseable {
    /** The Authentication Method of MQTT 5 enhanced authentication. */
    public static final String METHOD = "JWT";

    private final TokenSources sources;
    private final Map<String, Issuer> issuers;
    private final VerdictCache verdicts;
    private final Revocations revocations;
    private final AuthThreads threads;

    private JwtAuthenticator(
            JwtConfig config,
            Map<String, Issuer> issuers,
            Revocations revocations,
            InstantSource clock,
            AuthThreads threads) {
        this.sources = new TokenSources(config.cookie(), config.queryParameter(), config.maxTokenBytes());
        this.issuers = Map.copyOf(issuers);
        this.verdicts = new VerdictCache(config.verdictCacheBytes(), clock);
        this.revocations = revocations;
        this.threads = threads;
    }

    /**
     * Reads the keys and makes ready. Key files are read before this returns, JWKS URLs soon after; see {@link #isReady}.
     *
     * @param config whose tokens are taken
     * @param originsListed whether the transport compares the Origin header with a list; a cookie needs it
     * @param revocations tokens that no longer count
     * @param clock the time
     * @param keyReadings told of every reading of a JWKS URL
     * @throws AuthConfigException when a setting, a key file or an access rule cannot be trusted
     */
    public static JwtAuthenticator open(
            JwtConfig config,
            boolean originsListed,
            Revocations revocations,
            InstantSource clock,
            KeyReadings keyReadings)
            throws AuthConfigException {
        ProblemList problems = new ProblemList();
        List<IssuerSettings> settings = JwtCheck.of(config, originsListed, problems);
        AuthConfigException.throwIfAny(problems);
        AuthThreads threads = AuthThreads.start();
        try {
            KeyOpener opener = new KeyOpener(clock, threads.keys(), keyReadings);
            TimeRules time = new TimeRules(clock, config.skew());
            Map<String, Issuer> issuers = new HashMap<>();
            for (IssuerSettings each : settings) {
                KeysConfig keys = each.config().keys();
                String name = each.config().issuer();
                issuers.put(name, Issuer.open(each, time, (algorithms, keySet) -> opener.open(name, keys, keySet)));
            }
            return new JwtAuthenticator(config, issuers, revocations, clock, threads);
        } catch (AuthConfigException e) {
            threads.close();
            throw e;
        }
    }

    /**
     * Complains of everything for which {@link #open} would throw. Reads key files, asks no URL, starts nothing.
     *
     * @param originsListed whether the transport compares the Origin header with a list
     */
    public static void check(JwtConfig config, boolean originsListed, Complaints complaints) {
        JwtCheck.of(config, originsListed, complaints);
    }

    /**
     * Takes the tokens of one issuer made in this process, as {@code --dev} does.
     *
     * @param issuer what its tokens must say; its {@code keys} are not looked at
     * @param signer what signs them
     */
    public static JwtAuthenticator ofDemo(
            IssuerConfig issuer, TokenIssuer signer, Revocations revocations, InstantSource clock)
            throws AuthConfigException {
        JwtConfig config = JwtConfig.of(issuer);
        AuthThreads threads = AuthThreads.start();
        Issuer demo = Issuer.open(
                IssuerSettings.of(issuer),
                new TimeRules(clock, Duration.ZERO), // issued and taken by one clock
                (algorithms, keySet) -> new FixedKeys(keySet.apply(List.of(signer.verificationKey()))));
        return new JwtAuthenticator(config, Map.of(demo.name(), demo), revocations, clock, threads);
    }

    @Override
    public boolean knowsMethod(String method) {
        return METHOD.equals(method);
    }

    @Override
    public CompletionStage<Verdict> authenticate(Credentials credentials) {
        try {
            String compact = sources.find(credentials);
            TokenHash hash = TokenHash.of(compact);
            VerifiedToken known = verdicts.find(hash);
            if (known != null) {
                return CompletableFuture.completedFuture(verdict(known, credentials));
            }
            UnverifiedToken token = UnverifiedToken.parse(compact);
            Issuer issuer = token.claims().get("iss") instanceof String name ? issuers.get(name) : null;
            if (issuer == null) {
                throw new TokenRefusedException(TokenRefusal.ISSUER);
            }
            Judgement judgement = new Judgement(hash, token, issuer, issuer.algorithm(token), credentials);
            return judgement.start();
        } catch (TokenRefusedException e) {
            return refused(e.why());
        }
    }

    /** Whether a client shows anything that means to be a token. */
    boolean isShownToken(Credentials credentials) {
        return sources.show(credentials);
    }

    /** Whose tokens are taken, by the names they are configured with. */
    public Set<String> issuers() {
        return new TreeSet<>(issuers.keySet());
    }

    /** Those of them whose tokens say nothing of the client identifier that they are used with, as they are configured. */
    public Set<String> issuersThatBindNoClientId() {
        return issuers.values().stream()
                .filter(issuer -> !issuer.isClientIdBound())
                .map(Issuer::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether every issuer has keys that may be used now. */
    public boolean isReady() {
        return issuers.values().stream()
                .noneMatch(issuer -> issuer.keys().current().isEmpty());
    }

    /** Reads all keys again, soon; what is broken leaves the keys as they are. */
    public void reload() {
        issuers.values().forEach(issuer -> issuer.keys().reload());
    }

    /** How many verified tokens are remembered. */
    public long remembered() {
        return verdicts.size();
    }

    @Override
    public void close() {
        Collection<Issuer> all = issuers.values();
        all.forEach(Issuer::close);
        threads.close();
    }

    private Verdict verdict(VerifiedToken token, Credentials credentials) {
        if (revocations.isRevoked(token.ref())) {
            return TokenRefusal.REVOKED.verdict();
        }
        return token.verdictFor(credentials.clientId(), credentials.username());
    }

    private static CompletionStage<Verdict> refused(TokenRefusal why) {
        return CompletableFuture.completedFuture(why.verdict());
    }

    /** One token on its way from shape to verdict. */
    private final class Judgement {
        private final TokenHash hash;
        private final UnverifiedToken token;
        private final Issuer issuer;
        private final SigningAlgorithm algorithm;
        private final Credentials credentials;

        Judgement(
                TokenHash hash,
                UnverifiedToken token,
                Issuer issuer,
                SigningAlgorithm algorithm,
                Credentials credentials) {
            this.hash = hash;
            this.token = token;
            this.issuer = issuer;
            this.algorithm = algorithm;
            this.credentials = credentials;
        }

        CompletionStage<Verdict> start() {
            KeySet keys = issuer.keys().current();
            List<VerificationKey> candidates = keys.candidates(algorithm, token.kid());
            if (!candidates.isEmpty()) {
                return check(keys, candidates);
            }
            String kid = token.kid();
            return issuer.keys().search(kid == null ? "" : kid).thenCompose(this::afterSearch);
        }

        private CompletionStage<Verdict> afterSearch(KeySource.Search search) {
            if (search == KeySource.Search.UNAVAILABLE) {
                return refused(TokenRefusal.KEYS_UNAVAILABLE);
            }
            KeySet keys = issuer.keys().current();
            List<VerificationKey> candidates = keys.candidates(algorithm, token.kid());
            return candidates.isEmpty() ? refused(TokenRefusal.KEY) : check(keys, candidates);
        }

        private CompletionStage<Verdict> check(KeySet keys, List<VerificationKey> candidates) {
            return checkOnce(keys, candidates)
                    .thenCompose(verdict -> verdict instanceof Verdict.Refused refused
                                    && refused.why().equals(TokenRefusal.SIGNATURE.constant())
                            ? issuer.keys().searchAgain(keys).thenCompose(found -> checkAgain(verdict, found))
                            : CompletableFuture.completedFuture(verdict));
        }

        /** An identity server that was set up anew may have another key under the old name. */
        private CompletionStage<Verdict> checkAgain(Verdict first, KeySource.Search search) {
            return switch (search) {
                case UNAVAILABLE, UNKNOWN -> CompletableFuture.completedFuture(first);
                case LOOK_AGAIN -> {
                    KeySet keys = issuer.keys().current();
                    List<VerificationKey> candidates = keys.candidates(algorithm, token.kid());
                    yield candidates.isEmpty() ? refused(TokenRefusal.KEY) : checkOnce(keys, candidates);
                }
            };
        }

        private CompletionStage<Verdict> checkOnce(KeySet keys, List<VerificationKey> candidates) {
            if (!algorithm.isSlow()) {
                return CompletableFuture.completedFuture(checkNow(keys, candidates));
            }
            try {
                return CompletableFuture.supplyAsync(() -> checkNow(keys, candidates), threads.signatures());
            } catch (RejectedExecutionException e) {
                return refused(TokenRefusal.BUSY);
            }
        }

        private Verdict checkNow(KeySet keys, List<VerificationKey> candidates) {
            try {
                VerifiedToken verified = issuer.verify(token, candidates, keys);
                verdicts.remember(hash, verified, token.compact().length());
                return verdict(verified, credentials);
            } catch (TokenRefusedException e) {
                return e.why().verdict();
            }
        }
    }
}
