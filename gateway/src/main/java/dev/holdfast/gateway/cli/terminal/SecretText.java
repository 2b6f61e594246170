// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.pem.KeyMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tokens and passwords: out of files and variables, which this user alone can read, and never off the command line, which
 * every user of the machine sees.
 */
public final class SecretText {
    private SecretText() {}

    /**
     * The first that is there of: a file that a flag names, a variable, a file that a variable names.
     *
     * @param flag what an error calls the file by
     * @return null if there is none
     * @throws CommandFailure when a file that is named cannot be read or has an empty first line
     */
    public static @Nullable String find(
            @Nullable Path file,
            String flag,
            Map<String, String> environment,
            List<String> variables,
            List<String> fileVariables)
            throws CommandFailure {
        if (file != null) {
            return read(file, flag);
        }
        for (String name : variables) {
            String secret = environment.getOrDefault(name, "").strip();
            if (!secret.isEmpty()) {
                return secret;
            }
        }
        for (String name : fileVariables) {
            String named = environment.getOrDefault(name, "").strip();
            if (!named.isEmpty()) {
                return read(Path.of(named), name);
            }
        }
        return null;
    }

    private static String read(Path file, String origin) throws CommandFailure {
        try {
            String line = KeyMaterial.firstLine(file).strip();
            if (!line.isEmpty()) {
                return line;
            }
            throw new CommandFailure(
                    CommandFailure.USAGE, "holdfast: " + origin + ": " + file + ": nothing in its first line");
        } catch (IOException e) {
            String why = Files.exists(file) ? "cannot be read" : "no such file";
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: " + origin + ": " + file + ": " + why);
        }
    }
}
