// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.auth.jwt.TokenRequest;
import dev.holdfast.gateway.auth.token.TokenInspection;
import dev.holdfast.gateway.cli.terminal.DurationOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code token issue | inspect | verify | revoke}. A token to be read comes from a file or from standard input, never a flag. */
@Command(
        name = "token",
        description = "Makes, shows, checks and revokes JSON Web Tokens.",
        mixinStandardHelpOptions = true,
        subcommands = {TokenVerifyCommand.class, TokenRevokeCommand.class})
public final class TokenCommand {
    private static final int MAX_TOKEN_BYTES = 65_535;
    /** Claims that are made of other flags, or by the clock. */
    private static final Set<String> OF_FLAGS = Set.of("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "acl");
    /** No token should live longer, and no date can. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    @Spec
    @Nullable
    CommandSpec spec;

    /** Prints a token. */
    @Command(name = "issue", description = "Signs a token and prints it.", mixinStandardHelpOptions = true)
    int issue(
            @Option(names = "--secret-file", description = "HMAC secret, at least 32 bytes") @Nullable Path secretFile,
            @Option(names = "--secret-base64", description = "the secret file holds base64") boolean secretIsBase64,
            @Option(names = "--private-key-file", description = "private key, PKCS #8 PEM") @Nullable
                    Path privateKeyFile,
            @Option(names = "--alg", description = "algorithm (default: HS256, or what goes with the private key)")
                    @Nullable
                    String algorithm,
            @Option(names = "--issuer", required = true, description = "iss") String issuer,
            @Option(names = "--subject", required = true, description = "sub") String subject,
            @Option(names = "--audience", description = "aud; may be repeated") @Nullable List<String> audience,
            @Option(
                            names = "--expires-in",
                            defaultValue = "1h",
                            converter = DurationOption.class,
                            description = "30s, 5m, 12h, 30d (default ${DEFAULT-VALUE})")
                    Duration lifetime,
            @Option(names = "--jti", description = "jti, to revoke it by (default: a random one)") @Nullable String id,
            @Option(names = "--kid", description = "kid of the header") @Nullable String kid,
            @Option(names = "--pub", description = "topic filter to publish to; may be repeated") @Nullable
                    List<String> publish,
            @Option(names = "--sub", description = "topic filter to subscribe to; may be repeated") @Nullable
                    List<String> subscribe,
            @Option(names = "--claim", description = "further claim name=text; may be repeated") @Nullable
                    Map<String, String> claims)
            throws AuthConfigException {
        if ((secretFile == null) == (privateKeyFile == null)) {
            throw wrongly("one of --secret-file and --private-key-file is needed");
        }
        if (lifetime.isZero() || lifetime.compareTo(LONGEST) > 0) {
            throw wrongly("--expires-in: expected more than 0s, and no more than 36500d");
        }
        if (issuer.isEmpty() || subject.isEmpty()) {
            throw wrongly("--issuer and --subject: expected a text");
        }
        if (privateKeyFile != null && secretIsBase64) {
            throw wrongly("--secret-base64 goes with --secret-file");
        }
        Map<String, Object> further = further(claims);
        TokenIssuer signer = secretFile != null
                ? TokenIssuer.ofSecretFile(secretFile, secretIsBase64, algorithm == null ? "HS256" : algorithm)
                : TokenIssuer.ofPrivateKeyFile(privateKeyFile, algorithm);
        further.put("jti", id == null ? UUID.randomUUID().toString() : id);
        if (publish != null || subscribe != null) {
            further.put("acl", TokenIssuer.acl(orEmpty(publish), orEmpty(subscribe)));
        }
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        out().println(signer.issue(new TokenRequest(issuer, subject, orEmpty(audience), now, lifetime, kid, further)));
        return ExitCode.OK;
    }

    private Map<String, Object> further(@Nullable Map<String, String> claims) {
        Map<String, Object> further = new LinkedHashMap<>(claims == null ? Map.of() : claims);
        for (String name : further.keySet()) {
            if (name.isEmpty() || OF_FLAGS.contains(name)) {
                throw wrongly("--claim: expected name=text, and no name that has a flag of its own: \"" + name + "\"");
            }
        }
        return further;
    }

    /** What {@code issue} says of a wrong use, with its own usage and not that of {@code token}. */
    private ParameterException wrongly(String message) {
        CommandLine issue =
                Objects.requireNonNull(spec).commandLine().getSubcommands().get("issue");
        return new ParameterException(issue, message);
    }

    /** Prints what a token says. */
    @Command(
            name = "inspect",
            description = "Shows header and claims of a token without checking it.",
            mixinStandardHelpOptions = true)
    int inspect(@Option(names = "--token-file", description = "default: standard input") @Nullable Path tokenFile)
            throws AuthConfigException {
        TokenInspection inspection = TokenInspection.of(read(tokenFile));
        out().println("header (not checked) " + inspection.header());
        out().println("claims (not checked) " + inspection.claims());
        inspection.times(Instant.now()).forEach(out()::println);
        return ExitCode.OK;
    }

    /** A token from a file or from standard input, without the line end. */
    static String read(@Nullable Path tokenFile) throws AuthConfigException {
        try {
            byte[] bytes = tokenFile == null ? System.in.readNBytes(MAX_TOKEN_BYTES) : Files.readAllBytes(tokenFile);
            return new String(bytes, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            String why = e instanceof NoSuchFileException ? ": no such file" : "";
            throw new AuthConfigException(
                    (tokenFile == null ? "standard input" : tokenFile) + ": cannot be read" + why);
        }
    }

    private static List<String> orEmpty(@Nullable List<String> list) {
        return list == null ? List.of() : list;
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }
}
