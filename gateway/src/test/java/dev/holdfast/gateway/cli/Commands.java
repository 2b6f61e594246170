// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Runs commands in this process, as {@code main} does, each time with the same further flags. */
final class Commands {
    private final List<String> always;

    Commands(String... always) {
        this.always = List.of(always);
    }

    /** What a command has done. */
    record Result(int exitCode, String out, String err) {
        JsonNode json() {
            try {
                return new ObjectMapper().readTree(out);
            } catch (IOException e) {
                throw new UncheckedIOException(out, e);
            }
        }

        /** The words of a row of a table, by its first word. */
        List<String> row(String first) {
            return out.lines()
                    .map(line -> List.of(line.strip().split("\\s{2,}")))
                    .filter(words -> words.get(0).equals(first))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no row " + first + " in " + out));
        }
    }

    Result run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(always);
        String[] words = all.toArray(String[]::new);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line =
                Main.commandLine(words).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        int exitCode = line.execute(words);
        return new Result(exitCode, out.toString(), err.toString());
    }

    /** The same, which has to go well. */
    Result good(String... arguments) {
        Result result = run(arguments);
        if (result.exitCode() != 0) {
            throw new AssertionError(
                    List.of(arguments) + ": exit code " + result.exitCode() + ": " + result.out() + result.err());
        }
        return result;
    }
}
