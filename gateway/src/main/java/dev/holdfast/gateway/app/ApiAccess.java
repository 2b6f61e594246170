// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.api.http.ApiTokens;
import dev.holdfast.gateway.config.ApiConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.ConfigProblem;
import dev.holdfast.gateway.config.binding.ProblemList;
import dev.holdfast.gateway.config.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The tokens of the REST API, out of the settings or the files that they name. */
final class ApiAccess {
    private static final int MOST_FILE_BYTES = 16 * 1024;

    private ApiAccess() {}

    /**
     * Reads the tokens.
     *
     * @throws CommandFailure when a file cannot be read, or holds what is no token
     */
    static ApiTokens open(ApiConfig config) throws CommandFailure {
        ProblemList problems = new ProblemList();
        ApiTokens tokens = read(config, problems.in("api"));
        if (!problems.problems().isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    problems.problems().stream()
                            .map(ConfigProblem::toString)
                            .collect(Collectors.joining(System.lineSeparator())));
        }
        return tokens;
    }

    /** Complains of everything for which {@link #open} would throw. */
    static void check(ApiConfig config, Complaints complaints) {
        read(config, complaints.in("api"));
    }

    private static ApiTokens read(ApiConfig config, Complaints complaints) {
        return new ApiTokens(
                tokens("read-token", config.readToken(), config.readTokenFile(), complaints),
                tokens("write-token", config.writeToken(), config.writeTokenFile(), complaints));
    }

    private static List<String> tokens(
            String setting, @Nullable Secret token, @Nullable Path file, Complaints complaints) {
        if (token != null) {
            return checked(setting, List.of(token.value()), complaints);
        }
        if (file == null) {
            return List.of();
        }
        String name = setting + "-file";
        try {
            if (Files.size(file) > MOST_FILE_BYTES) {
                complaints.about(name, "is longer than " + MOST_FILE_BYTES + " bytes; expected one token a line");
                return List.of();
            }
            List<String> lines = Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
            if (lines.isEmpty()) {
                complaints.about(name, file + " is empty; expected one token a line");
            }
            return checked(name, lines, complaints);
        } catch (IOException e) {
            complaints.about(name, "cannot be read: " + file);
            return List.of();
        }
    }

    private static List<String> checked(String setting, List<String> tokens, Complaints complaints) {
        for (String token : tokens) {
            String fault = ApiTokens.fault(token);
            if (fault != null) {
                complaints.about(setting, "holds what is no token; " + fault);
            }
        }
        return tokens;
    }
}
