// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.rest.ApiOptions;
import dev.holdfast.gateway.cli.terminal.UrlOption;
import dev.holdfast.gateway.config.value.DurationText;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code token revoke}: asks a running gateway to take a token back before it expires, on all gateways of its store. */
@Command(
        name = "revoke",
        description = {
            "Revokes a token, or all tokens of a subject issued until now, on all gateways that share a store: their "
                    + "connections are closed within 2 s, CONNECT and renewal are refused.",
            "Exit code 0 done, 1 not or not everywhere, 2 wrongly asked, 3 refused by the gateway, 4 no answer in time."
        },
        mixinStandardHelpOptions = true)
public final class TokenRevokeCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    @Nullable
    CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    @Nullable
    What what;

    @Option(
            names = "--issuer",
            required = true,
            description = "iss of the tokens, as the gateway is configured with it")
    String issuer = "";

    @Option(
            names = "--until",
            description = "how long this is remembered: at least until the tokens have expired by themselves, or they "
                    + "count again. A time (2027-01-31T12:00:00Z) or a while (30d). Default: a year")
    @Nullable
    String until;

    @Option(
            names = "--end-sessions",
            description =
                    "with --subject: also end its sessions, with all that waits for them; they go on collecting otherwise")
    boolean endSessions;

    @Option(names = "--lift", description = "take the revocation back instead")
    boolean lift;

    @Option(
            names = {"--api", "--admin-url"},
            paramLabel = "URL",
            defaultValue = "${env:HOLDFAST_CLI_API:-http://127.0.0.1:9080}",
            converter = UrlOption.class,
            description = "the internal listener of any of the gateways (default ${DEFAULT-VALUE}). Also: the variable "
                    + "HOLDFAST_CLI_API; --admin-url is an older name")
    URI adminUrl = URI.create("http://127.0.0.1:9080");

    @Option(
            names = "--api-token-file",
            paramLabel = "FILE",
            description =
                    "Its first line is a token of the API that may write, if the gateway has one. Else the variable "
                            + "HOLDFAST_CLI_API_TOKEN or HOLDFAST_API_WRITE_TOKEN, or the file that one of them with _FILE names.")
    @Nullable
    Path tokenFile;

    /** What is revoked: exactly one. */
    static final class What {
        @Option(names = "--jti", description = "the token with this jti")
        @Nullable
        String jti;

        @Option(names = "--subject", description = "all tokens of this sub that have been issued until now")
        @Nullable
        String subject;

        String name() {
            return jti != null ? "jti" : "subject";
        }

        String value() {
            return Objects.requireNonNull(jti != null ? jti : subject);
        }
    }

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        What named = Objects.requireNonNull(what);
        if (endSessions && (lift || named.subject == null)) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--end-sessions goes with --subject, and not with --lift");
        }
        try {
            HttpRequest request =
                    (lift ? lifting(named) : revoking(named)).timeout(PATIENCE).build();
            return tell(named, HttpClient.newHttpClient().send(request, BodyHandlers.ofString()));
        } catch (HttpTimeoutException e) {
            throw new CommandFailure(CommandFailure.TIMED_OUT, "holdfast: no answer from " + adminUrl + " within 10 s");
        } catch (IOException e) {
            throw CommandFailure.failed("cannot reach the internal listener at " + adminUrl + " (--api)");
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --api: expected http://host:port");
        }
    }

    private HttpRequest.Builder revoking(What named) throws CommandFailure {
        ObjectNode json = JSON.createObjectNode().put("issuer", issuer).put(named.name(), named.value());
        if (endSessions) {
            json.put("endSessions", true);
        }
        Instant end = end();
        if (end != null) {
            json.put("until", end.toString());
        }
        return request("").header("Content-Type", "application/json").POST(BodyPublishers.ofString(json.toString()));
    }

    private HttpRequest.Builder lifting(What named) throws CommandFailure {
        return request("?issuer=" + encoded(issuer) + "&" + named.name() + "=" + encoded(named.value()))
                .DELETE();
    }

    private HttpRequest.Builder request(String query) throws CommandFailure {
        String base = adminUrl.toString();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(
                (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/revocations" + query));
        String token = ApiOptions.writeToken(tokenFile, System.getenv());
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private @Nullable Instant end() throws CommandFailure {
        if (until == null) {
            return null;
        }
        try {
            return Instant.parse(until);
        } catch (DateTimeParseException notATime) {
            try {
                return Instant.now().plus(DurationText.parse(until));
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(
                        CommandFailure.USAGE, "holdfast: --until: expected 2027-01-31T12:00:00Z or 30d: " + until);
            }
        }
    }

    private int tell(What named, HttpResponse<String> answer) throws CommandFailure {
        var out = Objects.requireNonNull(spec).commandLine().getOut();
        String words = named.name() + " " + named.value() + " of " + issuer;
        switch (answer.statusCode()) {
            case 201 -> {
                String and = endSessions ? "; its sessions are being ended, the gateway's log says how many" : "";
                out.println("revoked: " + words + " until " + text(answer, "until") + and);
            }
            case 202 ->
                throw CommandFailure.failed("revoked at this gateway only, since its store is away: " + words
                        + "; the others follow when the store is back"
                        + (endSessions ? "; its sessions are there still: revoke it again then" : ""));
            case 204 -> out.println("taken back: " + words);
            case 503 -> throw CommandFailure.failed(text(answer, "error"));
            case 400 -> throw new CommandFailure(CommandFailure.USAGE, "holdfast: " + text(answer, "error"));
            default ->
                throw new CommandFailure(
                        CommandFailure.REFUSED, "holdfast: the gateway refuses: " + text(answer, "error"));
        }
        return ExitCode.OK;
    }

    private static String text(HttpResponse<String> answer, String name) throws CommandFailure {
        try {
            JsonNode value = JSON.readTree(answer.body()).get(name);
            if (value != null) {
                return value.asText();
            }
        } catch (IOException notOurs) {
            // as whatever has no such member
        }
        throw CommandFailure.failed(
                "HTTP status " + answer.statusCode() + "; is this a gateway's internal listener (--api)?");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
