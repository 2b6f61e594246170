// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.HoldfastProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the documents show of the shell is what a reader sees who types it. Each block behind the comment {@code <!-- run -->} is
 * run by bash, command by command, in the order of the page, against a gateway on free ports, and what it prints is
 * compared: names and words exactly, numbers, times and ids by their kind.
 */
final class SnippetsTest {
    private static final Path DOCUMENTS = Path.of("docs");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^<!-- run -->\n```[a-z]*\n(.*?)^```$");
    private static final Pattern REQUESTS = Pattern.compile("(?ms)^<!-- tested: SnippetsTest -->\n```\n(.*?)^```$");
    private static final Pattern EXIT_CODE = Pattern.compile("# exit code (\\d+)$");
    private static final String TOKEN = "write-token-of-the-snippets";

    @TempDir
    private Path directory;

    private GatewayProcess gateway;

    /** A command as it stands in a document, and what it is shown to print. */
    private record Shown(String command, List<String> output) {
        int exitCode() {
            Matcher code = EXIT_CODE.matcher(command);
            return code.find() ? Integer.parseInt(code.group(1)) : 0;
        }
    }

    @BeforeEach
    void start() throws IOException {
        gateway = GatewayProcess.start(List.of("api.write-token=" + TOKEN), List.of());
        String java =
                HoldfastProcess.command(
                                List.of("-XX:TieredStopAtLevel=1"), System.getProperty("java.class.path"), List.of())
                        .stream()
                        .map(word -> "'" + word + "'")
                        .collect(Collectors.joining(" "));
        Path program = Files.writeString(directory.resolve("holdfast"), "#!/bin/sh\nexec " + java + " \"$@\"\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void thePageOfTheCommandLineShowsWhatIsSeen() throws Exception {
        List<Shown> commands = shownIn(DOCUMENTS.resolve("cli.md"));

        SoftAssertions all = new SoftAssertions();
        for (Shown shown : commands) {
            compare(shown, all);
        }

        assertThat(commands).hasSizeGreaterThan(12);
        all.assertAll();
    }

    /** Each request that the page about operating shows is answered, in the order of the page. */
    @Test
    void thePageAboutOperatingShowsRequestsThatAreAnswered() throws Exception {
        Matcher block = REQUESTS.matcher(Files.readString(DOCUMENTS.resolve("operating.md")));
        assertThat(block.find()).isTrue();
        RawClient client =
                new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5).connected(Connect.kept("phone-7"));
        SoftAssertions all = new SoftAssertions();
        int requests = 0;
        for (String line : block.group(1).lines().toList()) {
            if (!line.startsWith("curl ")) {
                continue;
            }
            requests++;
            String asked = line.replaceAll("gateways/[0-9a-f]{16}/", "gateways/self/")
                    .replaceFirst("^curl ", "curl -sS -o answer -w '%{http_code}' ");
            Process process = new ProcessBuilder(
                            "/bin/bash",
                            "-c",
                            "A=http://127.0.0.1:" + gateway.adminPort() + "/api/v1 T='Authorization: Bearer " + TOKEN
                                    + "'; " + asked)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            String status = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            all.assertThat(status).as(line).startsWith("20");
        }

        client.close();
        assertThat(requests).isGreaterThan(12);
        all.assertAll();
    }

    private void compare(Shown shown, SoftAssertions all) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("/bin/bash", "-c", shown.command())
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HOLDFAST_"));
        builder.environment().merge("PATH", "", (path, none) -> directory + ":" + path);
        builder.environment().put("HOLDFAST_CLI_API", "http://127.0.0.1:" + gateway.adminPort());
        builder.environment().put("HOLDFAST_CLI_API_TOKEN", TOKEN);
        builder.environment().put("HOLDFAST_CLI_URL", "mqtt://127.0.0.1:" + gateway.tcpPort());
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            all.assertThat(kinds(printed.lines().toList()))
                    .as("%s%n%s", shown.command(), printed)
                    .isEqualTo(kinds(shown.output()));
            all.assertThat(process.exitValue())
                    .as("exit code of %s", shown.command())
                    .isEqualTo(shown.exitCode());
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<Shown> shownIn(Path page) throws IOException {
        List<Shown> all = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(page));
        while (blocks.find()) {
            for (String line : blocks.group(1).lines().toList()) {
                if (line.startsWith("$ ")) {
                    all.add(new Shown(line.substring(2), new ArrayList<>()));
                } else {
                    all.get(all.size() - 1).output().add(line);
                }
            }
        }
        return all;
    }

    /** The lines with the kind of everything that is different each time. */
    private static List<String> kinds(List<String> lines) {
        return lines.stream()
                .map(line -> line.replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "TIME")
                        .replaceAll("\\b(\\d+(ms|d|h|m|s))+\\b", "DURATION")
                        .replaceAll("\\b[0-9a-f]{16}\\b", "ID")
                        .replaceAll("\\b\\d+(\\.\\d+)?\\b", "NUMBER")
                        .replaceAll("\\s+", " ")
                        .strip())
                .toList();
    }
}
