// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.ReadinessCheck;
import dev.holdfast.gateway.auth.AnonymousAuthenticator;
import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.Authenticator;
import dev.holdfast.gateway.auth.JwtAuthenticator;
import dev.holdfast.gateway.auth.RevocationWatch;
import dev.holdfast.gateway.auth.Revocations;
import dev.holdfast.gateway.auth.TokenOrAnonymous;
import dev.holdfast.gateway.config.Complaints;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.JwtConfig;
import dev.holdfast.gateway.config.LogConfig;
import dev.holdfast.gateway.config.Problem;
import dev.holdfast.gateway.config.ProblemList;
import dev.holdfast.gateway.config.WebSocketConfig;
import dev.holdfast.gateway.observe.Metrics;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who judges CONNECTs, as configured: tokens, tokens or nobody in particular, or nobody in particular. What cannot be
 * trusted refuses to start.
 */
final class Authentication implements AutoCloseable {
    private final Authenticator authenticator;
    private final @Nullable JwtAuthenticator tokens;
    private final @Nullable DemoToken demo;
    private final RevocationWatch revocations;

    private Authentication(
            Authenticator authenticator,
            @Nullable JwtAuthenticator tokens,
            @Nullable DemoToken demo,
            RevocationWatch revocations) {
        this.authenticator = authenticator;
        this.tokens = tokens;
        this.demo = demo;
        this.revocations = revocations;
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
        try {
            JwtAuthenticator tokens = null;
            DemoToken demo = null;
            if (jwt != null) {
                tokens = JwtAuthenticator.open(
                        jwt,
                        areOriginsListed(config.websocket()),
                        revocations,
                        clock,
                        (issuer, good) -> metrics.keyReading(good));
            } else if (config.dev()) {
                demo = demo(config.demo().secretFile(), revocations, clock);
                if (isReadByPeople(config.log())) {
                    System.err.println(demo.words());
                }
                tokens = demo.authenticator();
            }
            AnonymousAuthenticator anonymous = anonymous(config);
            Authenticator authenticator = tokens == null
                    ? anonymous
                    : config.auth().anonymous() ? new TokenOrAnonymous(tokens, anonymous) : tokens;
            return new Authentication(authenticator, tokens, demo, new RevocationWatch(revocations));
        } catch (AuthConfigException e) {
            CommandFailure failure = new CommandFailure(CommandFailure.USAGE, told("auth.jwt", e));
            failure.initCause(e);
            throw failure;
        }
    }

    private static String told(String section, AuthConfigException refused) {
        ProblemList problems = new ProblemList();
        refused.problems().forEach(problem -> problems.in(section).about(problem.path(), problem.what()));
        return problems.problems().stream().map(Problem::toString).collect(Collectors.joining(System.lineSeparator()));
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
            return AnonymousAuthenticator.of(config.auth().anonymousAcl());
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
        return tokens == null ? Set.of() : tokens.issuers();
    }

    /** Not ready while an issuer has no keys: its clients would all be told to come back later. */
    Map<String, ReadinessCheck> checks() {
        return tokens == null ? Map.of() : Map.of("keys", this::lookForKeys);
    }

    private CompletionStage<?> lookForKeys() {
        return tokens == null || tokens.isReady()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(new IllegalStateException("an issuer has no keys"));
    }

    @Override
    public void close() {
        revocations.close();
        if (tokens != null) {
            tokens.close();
        }
    }
}
