// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.DurationOption;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import dev.holdfast.gateway.cli.terminal.SecretText;
import dev.holdfast.gateway.cli.terminal.Trust;
import dev.holdfast.gateway.cli.terminal.UrlOption;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the REST API is, who asks, and how the answer is printed: the same flags for every command that asks it. */
public final class ApiOptions {
    /** A token in a variable is seen by this user alone, one on the command line by everybody on the machine. */
    private static final List<String> TOKEN_VARIABLES =
            List.of("HOLDFAST_CLI_API_TOKEN", "HOLDFAST_API_WRITE_TOKEN", "HOLDFAST_API_READ_TOKEN");

    private static final List<String> TOKEN_FILE_VARIABLES =
            List.of("HOLDFAST_CLI_API_TOKEN_FILE", "HOLDFAST_API_WRITE_TOKEN_FILE", "HOLDFAST_API_READ_TOKEN_FILE");

    private static final List<String> WRITE_TOKEN_VARIABLES = TOKEN_VARIABLES.subList(0, 2);
    private static final List<String> WRITE_TOKEN_FILE_VARIABLES = TOKEN_FILE_VARIABLES.subList(0, 2);

    @Option(
            names = "--api",
            paramLabel = "URL",
            converter = UrlOption.class,
            defaultValue = "${env:HOLDFAST_CLI_API:-http://127.0.0.1:9080}",
            description = "The internal listener of any of the gateways (default ${DEFAULT-VALUE}). Also: the variable "
                    + "HOLDFAST_CLI_API.")
    URI url = URI.create("http://127.0.0.1:9080");

    @Option(
            names = "--api-token-file",
            paramLabel = "FILE",
            description =
                    "Its first line is the token. Else the variable HOLDFAST_CLI_API_TOKEN, HOLDFAST_API_WRITE_TOKEN or "
                            + "HOLDFAST_API_READ_TOKEN, or the file that one of them with _FILE names.")
    @Nullable
    Path tokenFile;

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            description = "Certificates (PEM) of who may vouch for an https listener, instead of those of Java.")
    @Nullable
    Path authorities;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = DurationOption.class,
            defaultValue = "10s",
            description = "How long one answer may take (default ${DEFAULT-VALUE}).")
    Duration patience = Duration.ofSeconds(10);

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            defaultValue = "table",
            description = "table: for people; json: for programs, as the REST API has it (default ${DEFAULT-VALUE}).")
    OutputFormat output = OutputFormat.TABLE;

    /**
     * Somebody who asks.
     *
     * @throws CommandFailure when a file that is named cannot be used
     */
    ApiClient client() throws CommandFailure {
        return new ApiClient(url, token(System.getenv()), Trust.of(authorities), patience);
    }

    boolean isJson() {
        return output == OutputFormat.JSON;
    }

    @Nullable
    String token(Map<String, String> environment) throws CommandFailure {
        return SecretText.find(tokenFile, "--api-token-file", environment, TOKEN_VARIABLES, TOKEN_FILE_VARIABLES);
    }

    /**
     * The token of the API that a file or a variable has for whoever changes something, or null. One that may only look would
     * have a gateway refuse what it grants to those without a token.
     *
     * @param tokenFile what {@code --api-token-file} names, or null
     * @throws CommandFailure when a file that is named cannot be used
     */
    public static @Nullable String writeToken(@Nullable Path tokenFile, Map<String, String> environment)
            throws CommandFailure {
        return SecretText.find(
                tokenFile, "--api-token-file", environment, WRITE_TOKEN_VARIABLES, WRITE_TOKEN_FILE_VARIABLES);
    }
}
