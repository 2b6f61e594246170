// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.auth.jwt.JwtAuthenticator;
import dev.holdfast.gateway.auth.keys.KeyReadings;
import dev.holdfast.gateway.auth.revocation.RevocationTable;
import dev.holdfast.gateway.cli.terminal.UrlOption;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code token verify}: what the gateway would say to a CONNECT with this token. */
@Command(
        name = "verify",
        description = "Judges a token as the gateway would. Exit code 0 accepted, 1 not judged (its keys cannot be "
                + "read now), 2 wrongly asked, 3 refused.",
        mixinStandardHelpOptions = true)
public final class TokenVerifyCommand implements Callable<Integer> {
    private static final int REFUSED = 3;
    /** How the settings of a gateway would be called that stand for these flags. */
    private static final Pattern PATH = Pattern.compile("issuers\\[0]\\.(?:keys\\.)?([a-z-]+)(?:\\[\\d+])?");

    @Spec
    @Nullable
    CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    @Nullable
    Keys keys;

    @Option(names = "--issuer", required = true, description = "the iss that is expected")
    String issuer = "";

    @Option(names = "--audience", required = true, description = "an aud that is taken; * for any; may be repeated")
    List<String> audience = List.of();

    @Option(names = "--alg", required = true, description = "an algorithm that is taken; may be repeated")
    List<String> algorithms = List.of();

    @Option(names = "--client-id", defaultValue = "token-verify", description = "client identifier of the CONNECT")
    String clientId = "";

    @Option(names = "--username", description = "User Name of the CONNECT")
    @Nullable
    String username;

    @Option(names = "--token-file", description = "default: standard input")
    @Nullable
    Path tokenFile;

    @Option(names = "--secret-base64", description = "the secret file holds base64")
    boolean secretIsBase64;

    @Option(names = "--allow-http", description = "take a JWKS URL on this machine without TLS")
    boolean allowHttp;

    /** Where the keys are: exactly one. */
    static final class Keys {
        @Option(names = "--secret-file", description = "HMAC secret")
        @Nullable
        Path secretFile;

        @Option(names = "--pem-file", description = "public key or certificate")
        @Nullable
        Path pemFile;

        @Option(names = "--jwks-file", description = "JWK set file")
        @Nullable
        Path jwksFile;

        @Option(names = "--jwks-url", converter = UrlOption.class, description = "JWK set over HTTPS")
        @Nullable
        URI jwksUrl;
    }

    @Override
    public Integer call() throws AuthConfigException, CommandFailure, InterruptedException {
        Keys where = Objects.requireNonNull(keys);
        KeysConfig config = new KeysConfig(
                where.secretFile,
                where.pemFile,
                where.jwksFile,
                where.jwksUrl,
                secretIsBase64,
                allowHttp,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                0,
                Duration.ofSeconds(10),
                Duration.ofHours(24));
        IssuerConfig from = new IssuerConfig(issuer, audience, algorithms, config, Map.of(), null, null, List.of());
        byte[] token = TokenCommand.read(tokenFile).getBytes(StandardCharsets.ISO_8859_1);
        Credentials credentials = new Credentials(clientId, username, token, null, null, "127.0.0.1", null);
        InstantSource clock = InstantSource.system();
        try (JwtAuthenticator authenticator = JwtAuthenticator.open(
                JwtConfig.of(from), false, new RevocationTable(clock), clock, KeyReadings.UNWATCHED)) {
            return print(authenticator
                    .authenticate(credentials)
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS));
        } catch (AuthConfigException e) {
            String ofFlags = PATH.matcher(e.getMessage()).replaceAll("--$1");
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: " + ofFlags.replace("--algorithms", "--alg"));
        } catch (ExecutionException | TimeoutException e) {
            throw CommandFailure.failed("nobody could judge the token now");
        }
    }

    private int print(Verdict verdict) throws CommandFailure {
        var out = Objects.requireNonNull(spec).commandLine().getOut();
        if (verdict instanceof Verdict.Accepted accepted) {
            out.println("accepted: " + accepted.identity().principal() + " until "
                    + accepted.identity().expiresAt());
            return ExitCode.OK;
        }
        Verdict.Refused refused = (Verdict.Refused) verdict;
        if (refused.kind() == Verdict.Kind.SERVER_UNAVAILABLE) {
            throw CommandFailure.failed(
                    "the token could not be judged: " + refused.why() + " (" + refused.words() + ")");
        }
        out.println("refused: " + refused.why() + " (" + refused.words() + ")");
        return REFUSED;
    }
}
