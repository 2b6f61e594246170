// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.ReadinessCheck;
import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.Authenticator;
import dev.holdfast.gateway.auth.CurrentAuthenticator;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.auth.acl.AnonymousAuthenticator;
import dev.holdfast.gateway.auth.jwt.JwtAuthenticator;
import dev.holdfast.gateway.auth.jwt.TokenOrAnonymous;
import dev.holdfast.gateway.auth.revocation.RevocationWatch;
import dev.holdfast.gateway.auth.revocation.Revocations;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.LogConfig;
import dev.holdfast.gateway.config.WebSocketConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.ConfigProblem;
import dev.holdfast.gateway.config.binding.ProblemList;
import dev.holdfast.gateway.observe.Metrics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Who judges CONNECTs, as configured: tokens, tokens or nobody in particular, or nobody in particular. What cannot be
 * trusted refuses to start.
 */
final class Authentication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Authentication.class);
    /** For so long what had been asked before keys or rules changed may take. */
    private static final long LAST_VERDICTS_SECONDS = 30;

    private static final Duration KEY_PATIENCE = Duration.ofSeconds(10);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final CurrentAuthenticator authenticator;
    private volatile @Nullable JwtAuthenticator tokens;
    private final @Nullable DemoToken demo;
    private final Revocations revoked;
    private final RevocationWatch revocations;
    private final Metrics metrics;

    private Authentication(
            Authenticator authenticator,
            @Nullable JwtAuthenticator tokens,
            @Nullable DemoToken demo,
            Revocations revoked,
            Metrics metrics) {
        this.authenticator = new CurrentAuthenticator(authenticator);
        this.tokens = tokens;
        this.demo = demo;
        this.revoked = revoked;
        this.revocations = new RevocationWatch(revoked);
        this.metrics = metrics;
    }

    /**
     * Reads the keys. Under {@code --dev} without issuers of its own it makes a {@link DemoToken} and prints it on
     * standard error.
     *
     * @throws CommandFailure when a setting, a key file or an access rule cannot be trusted
     */
    static Authentication open(HoldfastConfig config, Revocations revocations, Metrics metrics) throws CommandFailure {
        InstantSource clock = InstantSource.system();
        JwtConfig jwt = config.auth().jwt();
        metrics.expectTokenRejections(Verdict.Refused.reasons());
        try {
            JwtAuthenticator tokens = null;
            DemoToken demo = null;
            if (jwt != null) {
                tokens = tokens(config, jwt, revocations, clock, metrics);
                tellOfUnbound(tokens, config.limits());
            } else if (config.dev()) {
                demo = demo(config.demo().secretFile(), revocations, clock);
                if (isReadByPeople(config.log())) {
                    System.err.println(demo.words());
                }
                tokens = demo.authenticator();
            }
            Authenticator authenticator = authenticator(config, tokens);
            return new Authentication(authenticator, tokens, demo, revocations, metrics);
        } catch (AuthConfigException e) {
            throw refused(e);
        }
    }

    /** Whoever has a token can take a client identifier that is not in use: the operator is to know, and what keeps that small. */
    private static void tellOfUnbound(JwtAuthenticator tokens, LimitsConfig limits) {
        Set<String> unbound = tokens.issuersThatBindNoClientId();
        int most = limits.maxUnboundSessionsPerPrincipal();
        if (!unbound.isEmpty()) {
            LOG.atLevel(most > 0 ? Level.WARN : Level.INFO)
                    .addKeyValue("issuers", String.join(" ", unbound))
                    .addKeyValue("limit", most > 0 ? most : "none")
                    .log("client identifiers are not bound to tokens: one principal may keep so many sessions"
                            + " (limits.max-unbound-sessions-per-principal) under identifiers that do not begin with its"
                            + " subject, and its owner finds such a one taken. auth.jwt.issuers[].client-id-template"
                            + " (${sub}-*) or client-id-claim binds them");
        }
    }

    private static JwtAuthenticator tokens(
            HoldfastConfig config, JwtConfig jwt, Revocations revocations, InstantSource clock, Metrics metrics)
            throws AuthConfigException {
        return JwtAuthenticator.open(
                jwt,
                areOriginsListed(config.websocket()),
                revocations,
                clock,
                (issuer, good) -> metrics.keyReading(good));
    }

    private static Authenticator authenticator(HoldfastConfig config, @Nullable JwtAuthenticator tokens)
            throws CommandFailure {
        AnonymousAuthenticator anonymous = anonymous(config);
        return tokens == null
                ? anonymous
                : config.auth().anonymous() ? new TokenOrAnonymous(tokens, anonymous) : tokens;
    }

    private static CommandFailure refused(AuthConfigException e) {
        CommandFailure failure = new CommandFailure(CommandFailure.USAGE, told("auth.jwt", e));
        failure.initCause(e);
        return failure;
    }

    /** Keys and rules that have been read and may be used. */
    record Prepared(Authenticator authenticator, @Nullable JwtAuthenticator tokens) {}

    /**
     * Reads keys and rules again, and waits, seconds at the most, until every issuer has keys. Nothing has changed before
     * {@link #use}.
     *
     * @throws CommandFailure when they cannot be used
     */
    Prepared prepare(HoldfastConfig config) throws CommandFailure {
        JwtConfig jwt = config.auth().jwt();
        JwtAuthenticator next = tokens;
        try {
            if (jwt != null) {
                next = tokens(config, jwt, revoked, InstantSource.system(), metrics);
                awaitKeys(next);
            }
            return new Prepared(authenticator(config, next), next);
        } catch (AuthConfigException e) {
            throw refused(e);
        } catch (CommandFailure e) {
            discard(next);
            throw e;
        }
    }

    /** What has been prepared is not used after all. */
    void discard(Prepared prepared) {
        discard(prepared.tokens());
    }

    private void discard(@Nullable JwtAuthenticator next) {
        if (next != null && next != tokens) {
            next.close();
        }
    }

    private static void awaitKeys(JwtAuthenticator next) throws CommandFailure {
        long end = System.nanoTime() + KEY_PATIENCE.toNanos();
        while (!next.isReady()) {
            if (System.nanoTime() - end > 0) {
                throw CommandFailure.failed(
                        "no keys of an issuer within " + KEY_PATIENCE.toSeconds() + " s (auth.jwt)");
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    /** Whoever comes from now on is judged by these. */
    void use(Prepared prepared) {
        JwtAuthenticator before = tokens;
        tokens = prepared.tokens();
        authenticator.become(prepared.authenticator());
        if (before != null && before != prepared.tokens()) {
            CompletableFuture.delayedExecutor(LAST_VERDICTS_SECONDS, TimeUnit.SECONDS)
                    .execute(before::close);
        }
    }

    private static String told(String section, AuthConfigException refused) {
        ProblemList problems = new ProblemList();
        refused.problems().forEach(problem -> problems.in(section).about(problem.path(), problem.what()));
        return problems.problems().stream()
                .map(ConfigProblem::toString)
                .collect(Collectors.joining(System.lineSeparator()));
    }

    private static DemoToken demo(@Nullable Path secretFile, Revocations revocations, InstantSource clock)
            throws CommandFailure {
        try {
            return DemoToken.make(secretFile, revocations, clock);
        } catch (AuthConfigException e) {
            CommandFailure failure = new CommandFailure(CommandFailure.USAGE, told("demo.secret-file", e));
            failure.initCause(e);
            throw failure;
        }
    }

    private static AnonymousAuthenticator anonymous(HoldfastConfig config) throws CommandFailure {
        try {
            return AnonymousAuthenticator.of(
                    config.auth().anonymousAcl(), config.auth().anonymousBridgeStates());
        } catch (AuthConfigException e) {
            CommandFailure failure = new CommandFailure(CommandFailure.USAGE, told("auth.anonymous-acl", e));
            failure.initCause(e);
            throw failure;
        }
    }

    /** Whether a few words more on standard error are welcome. */
    private static boolean isReadByPeople(LogConfig log) {
        return log.format() == LogConfig.Format.TEXT && log.level().compareTo(LogConfig.Level.INFO) >= 0;
    }

    /** Complains of everything for which {@link #open} would throw. */
    static void check(HoldfastConfig config, Complaints complaints) {
        JwtConfig jwt = config.auth().jwt();
        if (jwt != null) {
            JwtAuthenticator.check(jwt, areOriginsListed(config.websocket()), complaints.in("auth.jwt"));
        }
        AnonymousAuthenticator.check(config.auth().anonymousAcl(), complaints.in("auth.anonymous-acl"));
        Path secretFile = config.demo().secretFile();
        if (jwt == null && config.dev() && secretFile != null) {
            try {
                DemoToken.signer(secretFile);
            } catch (AuthConfigException e) {
                complaints.in("demo").about("secret-file", String.valueOf(e.getMessage()));
            }
        }
    }

    private static boolean areOriginsListed(WebSocketConfig webSocket) {
        List<String> origins = webSocket.allowedOrigins();
        return !origins.contains(WebSocketConfig.ANY_ORIGIN);
    }

    Authenticator authenticator() {
        return authenticator;
    }

    /** Issues tokens under {@code --dev}; null where others issue them. */
    @Nullable
    DemoToken demo() {
        return demo;
    }

    RevocationWatch revocations() {
        return revocations;
    }

    /** Whose tokens are taken. */
    Set<String> issuers() {
        JwtAuthenticator present = tokens;
        return present == null ? Set.of() : present.issuers();
    }

    /** Not ready while an issuer has no keys: its clients would all be told to come back later. */
    Map<String, ReadinessCheck> checks() {
        return tokens == null ? Map.of() : Map.of("keys", this::lookForKeys);
    }

    private CompletionStage<?> lookForKeys() {
        JwtAuthenticator present = tokens;
        return present == null || present.isReady()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(new IllegalStateException("an issuer has no keys"));
    }

    @Override
    public void close() {
        revocations.close();
        JwtAuthenticator present = tokens;
        if (present != null) {
            present.close();
        }
    }
}
