// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/**
 * What the documents for users show in code. A comment before each block says how it is kept true: {@code run} and {@code recipe}
 * are run as they stand, {@code config} is loaded as a configuration, {@code acl} is judged as a token's claim, {@code tested} names the
 * test that reads it, {@code not run} says why it is not. And each command of the program is one that the program understands.
 */
@Tag("unit")
final class ShownCommandsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^([^\n]*)\n```(\\w*)\n(.*?)^```$");
    private static final Pattern MARKER =
            Pattern.compile("<!-- (run|config|recipe: \\S+|acl: .+|not run: .+|tested: (\\S+)) -->");
    private static final Pattern COMMAND =
            Pattern.compile("(?:^|[$(|] ?)(?:java [^|]*?-jar \\S*holdfast\\.jar|holdfast) ([^|)>&;]*)");
    private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"[^\"]*\"|[^\\s'\"])+");

    @Test
    void everyBlockOfCodeSaysHowItIsKeptTrue() throws IOException {
        List<String> silent = new ArrayList<>();
        int blocks = 0;
        for (Path page : pages()) {
            Matcher block = BLOCK.matcher(Files.readString(page));
            while (block.find()) {
                blocks++;
                Matcher marker = MARKER.matcher(block.group(1));
                if (!marker.matches() || (marker.group(2) != null && !isThere(marker.group(2)))) {
                    silent.add(page + ": " + block.group(3).lines().findFirst().orElse(""));
                }
            }
        }

        assertThat(blocks).isGreaterThan(20);
        assertThat(silent).isEmpty();
    }

    @Test
    void everyCommandOfTheProgramIsOneThatItUnderstands() throws IOException {
        int commands = 0;
        for (Path page : pages()) {
            for (String line : code(Files.readString(page))) {
                Matcher command = COMMAND.matcher(line);
                while (command.find()) {
                    commands++;
                    String[] words = words(command.group(1).replaceFirst("(?s)\\s#.*", ""));
                    try {
                        Main.commandLine(words).parseArgs(words);
                    } catch (ParameterException e) {
                        fail(page + ": " + line + ": " + e.getMessage());
                    }
                }
            }
        }

        assertThat(commands).isGreaterThan(20);
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
        for (String directory : List.of("gateway", "deploy", "session-store")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(directory))) {
                files.filter(file -> file.toString().endsWith(".md")
                                && !file.toString().contains("/target/"))
                        .forEach(pages::add);
            }
        }
        return pages;
    }

    private static boolean isThere(String test) throws IOException {
        String name = test.endsWith(".ts") ? test : test + ".java";
        for (String directory : List.of("gateway/src/test", "session-store/src/test", "web-demo/client/test")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(directory))) {
                if (files.anyMatch(file -> file.getFileName().toString().equals(name))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The lines of code of a page, those that go on behind a backslash as one. */
    private static List<String> code(String page) {
        String whole = page.replaceAll("\\\\\n\\s*", "");
        Stream<String> indented =
                whole.lines().filter(line -> line.startsWith("    ")).map(String::strip);
        Stream<String> fenced =
                BLOCK.matcher(whole).results().flatMap(block -> block.group(3).lines());
        return Stream.concat(indented, fenced).collect(Collectors.toList());
    }

    private static String[] words(String command) {
        return WORD.matcher(command)
                .results()
                .map(word -> word.group().replaceAll("['\"]", ""))
                .toArray(String[]::new);
    }
}
