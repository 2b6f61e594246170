// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.Gateway;
import dev.holdfast.gateway.cli.Commands.Result;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.harness.HoldfastProcess;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator asks and orders of gateways on the command line. */
final class OperatorCommandsTest {
    private static final String TOKEN = "write-token-of-the-tests";

    @TempDir
    private static Path directory;

    private static Gateway gateway;
    private static Commands api;
    private static Commands clients;

    @BeforeAll
    static void start() throws Exception {
        gateway = Gateway.start(HoldfastConfig.of(
                "dev=true",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "api.write-token=" + TOKEN,
                "api.read-token=read-" + TOKEN));
        Path token = Files.writeString(directory.resolve("token"), TOKEN + "\n");
        api = new Commands("--api", url(), "--api-token-file", token.toString());
        clients = new Commands("--url", "mqtt://127.0.0.1:" + gateway.tcp().getPort());
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static String url() {
        return "http://127.0.0.1:" + gateway.admin().getPort();
    }

    private static Path token(String text) throws Exception {
        return Files.writeString(directory.resolve("token-" + text.hashCode()), text);
    }

    /** A session whose client is away. */
    private static void leave(String client, String filter) {
        clients.good("sub", "-t", filter, "-i", client, "--session-expiry", "1h", "-W", "0s");
    }

    private static CompletableFuture<Result> stay(String client, String filter) {
        CompletableFuture<Result> result =
                CompletableFuture.supplyAsync(() -> clients.run("sub", "-t", filter, "-i", client, "-W", "60s"));
        await().until(() -> api.run("who", filter).out().contains(client));
        return result;
    }

    @Test
    void anOfflineSessionIsFoundWithItsQueueAndTheAgeOfItsMessages() {
        leave("find-phone", "find/t");
        clients.good("pub", "-t", "find/t", "-m", "come home");

        Result list = api.good("sessions", "ls", "--prefix", "find-", "--offline");
        Result all = api.good("sessions", "inspect", "find-phone", "--payload");
        JsonNode json = api.good("sessions", "inspect", "find-phone", "--payload", "-o", "json")
                .json();

        assertThat(list.row("CLIENT"))
                .containsExactly(
                        "CLIENT",
                        "STATE",
                        "SINCE",
                        "SUBSCRIPTIONS",
                        "QUEUED",
                        "BYTES",
                        "DROPPED",
                        "ENDS IN",
                        "GATEWAY",
                        "PRINCIPAL");
        assertThat(list.row("find-phone").subList(3, 5)).containsExactly("1", "1");
        assertThat(list.row("find-phone").get(1)).isEqualTo("offline");
        assertThat(list.row("find-phone").get(7)).startsWith("59m");
        assertThat(all.out())
                .contains("state          offline, for ", "queue          1 message, 18 B, the oldest came ");
        assertThat(all.row("1")).element(3).asString().matches("\\d+m?s");
        assertThat(all.row("1")).endsWith("find/t", "come home");
        assertThat(json.at("/queue/messages/0/payloadBase64").asText()).isEqualTo("Y29tZSBob21l");
        assertThat(api.good("sessions", "ls", "--prefix", "find-", "--online").out())
                .isEmpty();
    }

    @Test
    void aListGoesOnWhereItsCursorSaysAndIsWholeWithAll() {
        for (int i = 0; i < 5; i++) {
            leave("page-" + i, "page/t");
        }

        List<String> names = new ArrayList<>();
        Result page = api.good("sessions", "ls", "--prefix", "page-", "--limit", "2", "-o", "json");
        while (page.json().get("next").isTextual()) {
            names(page).forEach(names::add);
            assertThat(names(page)).hasSizeLessThanOrEqualTo(2);
            String cursor = page.json().get("next").asText();
            page = api.good("sessions", "ls", "--prefix", "page-", "--limit", "2", "-o", "json", "--cursor", cursor);
        }
        names.addAll(names(page));
        Result some = api.good("sessions", "ls", "--prefix", "page-", "--limit", "2");

        assertThat(names).containsExactlyInAnyOrder("page-0", "page-1", "page-2", "page-3", "page-4");
        assertThat(names(api.good("sessions", "ls", "--prefix", "page-", "--all", "-o", "json")))
                .hasSize(5);
        assertThat(some.out().lines()).hasSize(3);
        assertThat(some.err()).startsWith("there is more: --cursor ");
        assertThat(api.run("sessions", "ls", "--limit", "0").exitCode()).isEqualTo(2);
        assertThat(api.run("sessions", "ls", "--cursor", "nonsense").exitCode()).isEqualTo(2);
    }

    private static List<String> names(Result list) {
        return StreamSupport.stream(list.json().get("sessions").spliterator(), false)
                .map(each -> each.get("client").asText())
                .toList();
    }

    @Test
    void whatCouldEndALineOrMoveTheCursorIsEscapedInTablesAndWholeInJson() {
        String client = "evil/\u001b[2J\u202e%\n";
        leave(client, "evil/t");

        Result list = api.good("sessions", "ls", "--prefix", "evil/");

        assertThat(list.out().lines()).hasSize(2);
        assertThat(list.row("evil/\\u001b[2J\\u202e%\\u000a").get(1)).isEqualTo("offline");
        assertThat(api.good("sessions", "inspect", client).out()).doesNotContain("\u001b", "\u202e");
        assertThat(api.good("sessions", "inspect", client, "-o", "json")
                        .json()
                        .get("client")
                        .asText())
                .isEqualTo(client);
        assertThat(api.good("sessions", "end", client).out()).isEqualTo("ended: evil/\\u001b[2J\\u202e%\\u000a\n");
    }

    @Test
    void aQueueIsPurgedAndASessionKeptLongerAndEnded() {
        leave("change", "change/t");
        clients.good("pub", "-t", "change/t", "-m", "x");

        assertThat(api.good("sessions", "purge", "change").out()).isEqualTo("1 message purged\n");
        assertThat(api.good("sessions", "extend", "change", "30d").out()).startsWith("kept: ends in 29d23h");
        assertThat(api.good("sessions", "extend", "change", "7d", "-o", "json")
                        .json()
                        .get("expirySeconds")
                        .asInt())
                .isEqualTo(604_800);
        assertThat(api.good("sessions", "end", "change").out()).isEqualTo("ended: change\n");
        for (String order : List.of("inspect", "kick", "purge", "end")) {
            Result gone = api.run("sessions", order, "change");
            assertThat(gone.exitCode()).as(order).isEqualTo(3);
            assertThat(gone.err()).isEqualTo("holdfast: there is no session of this client identifier\n");
        }
        assertThat(api.run("sessions", "extend", "change", "soon").exitCode()).isEqualTo(2);
    }

    @Test
    void aKickedClientIsTold() {
        CompletableFuture<Result> one = stay("kick-1", "kick/t");
        String gatewayId =
                api.good("gateways", "ls", "-o", "json").json().get("self").asText();

        Result kicked = api.good("sessions", "kick", "kick-1");
        Result end = one.join();
        assertThat(kicked.out()).isEqualTo("disconnected kick-1 at gateway " + gatewayId + "\n");
        assertThat(end.exitCode()).isEqualTo(1);
        assertThat(end.err()).contains("closed by the gateway: administrative action", "(0x98)");
        assertThat(api.good("sessions", "kick", "--principal", "nobody").out())
                .isEqualTo("0 connections of nobody closed\n");
        assertThat(api.run("sessions", "kick").exitCode()).isEqualTo(2);
    }

    @Test
    void whoWouldGetAMessageIsListedWithSharedSubscriptions() {
        leave("who-own", "who/+");
        leave("who-shared", "$share/g/who/#");

        Result who = api.good("who", "who/t");

        assertThat(who.row("who-own")).containsExactly("who-own", "offline", "-", "1", "-", "who/+");
        assertThat(who.row("who-shared"))
                .containsExactly("who-shared", "offline", "-", "1", "$share/g/who/#", "$share/g/who/#");
        assertThat(api.good("who", "who/t", "-o", "json").json().get("complete").asBoolean())
                .isTrue();
        assertThat(api.good("who", "who-nobody").err()).isEqualTo("nobody\n");
        Result filter = api.run("who", "who/#");
        assertThat(filter.exitCode()).isEqualTo(2);
        assertThat(filter.err()).contains("topic: expected a topic name");
    }

    @Test
    void retainedMessagesAreListedShownAndRemoved() {
        for (String topic : List.of("keep/a", "keep/b")) {
            clients.good("pub", "-t", topic, "-m", "kept \u001b[1m", "-r", "--expiry", "1h");
        }

        assertThat(api.good("retained", "ls", "keep/#").row("keep/a"))
                .element(4)
                .asString()
                .startsWith("59m");
        assertThat(api.good("retained", "show", "keep/a").row("keep/a")).endsWith("kept \\u001b[1m");
        assertThat(api.good("retained", "ls", "keep/#", "-o", "json")
                        .json()
                        .get("retained")
                        .size())
                .isEqualTo(2);
        Result some = api.run("retained", "rm", "keep/a", "keep/nothing", "keep/b");
        assertThat(some.exitCode()).isEqualTo(3);
        assertThat(some.out()).isEqualTo("removed: keep/a\nremoved: keep/b\n");
        assertThat(some.err()).isEqualTo("holdfast: this topic has no retained message: keep/nothing\n");
        assertThat(api.good("retained", "ls", "keep/#").err()).isEqualTo("none\n");
    }

    @Test
    void gatewaysAreListed() {
        Result list = api.good("gateways", "ls");
        String id = api.good("gateways", "ls", "-o", "json").json().get("self").asText();

        assertThat(list.row(id + "*")).endsWith("yes");
        Result nobody = api.run("gateways", "drain", "no-such-gateway");
        assertThat(nobody.exitCode()).isEqualTo(3);
        assertThat(nobody.err()).contains("there is no gateway of this id");
    }

    @Test
    void aGatewayReadsItsConfigurationAgainAndSaysWhatHasChanged() throws Exception {
        List<String> settings = List.of(
                "dev=true",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "api.write-token=" + TOKEN);
        try (Gateway other = Gateway.start(HoldfastConfig.of(settings.toArray(String[]::new)))) {
            Commands there = new Commands(
                    "--api",
                    "http://127.0.0.1:" + other.admin().getPort(),
                    "--api-token-file",
                    token(TOKEN).toString());

            Result nothingToRead = there.run("gateways", "reload", "self");
            List<String> changed = new ArrayList<>(settings);
            changed.add("limits.connect-rate=77/s");
            other.configuredBy(() -> HoldfastConfig.of(changed.toArray(String[]::new)));
            Result read = there.good("gateways", "reload", "self");
            other.configuredBy(() -> {
                throw CommandFailure.failed("limits.connect-rate: expected a rate");
            });
            Result broken = there.run("gateways", "reload", "self");

            assertThat(nothingToRead.err())
                    .isEqualTo("holdfast: this gateway was not started from a configuration that can be read again\n");
            assertThat(nothingToRead.exitCode()).isEqualTo(3);
            assertThat(read.out()).isEqualTo("changed: limits.connect-rate\n");
            assertThat(broken.err()).isEqualTo("holdfast: limits.connect-rate: expected a rate\n");
            assertThat(broken.exitCode()).isEqualTo(3);
        }
    }

    @Test
    void gatewaysAreAskedToEvenOutTheirConnections() {
        String id = api.good("gateways", "ls", "-o", "json").json().get("self").asText();

        assertThat(api.good("gateways", "rebalance").row(id)).endsWith("0");
        assertThat(api.good("gateways", "rebalance", "--per-second", "50", "-o", "json")
                        .json()
                        .at("/gateways/0/moves")
                        .asInt(-1))
                .isZero();
        assertThat(api.run("gateways", "rebalance", "--per-second", "0").exitCode())
                .isNotZero();
    }

    @Test
    void aListLongerThanAPageOfTheApiIsReadToItsEnd() {
        int most = 205; // a page of retained messages has 100
        for (int i = 0; i < most; i++) {
            clients.good("pub", "-t", "long/" + i, "-m", "x", "-r");
        }

        List<String> topics = StreamSupport.stream(
                        api.good("retained", "ls", "long/#", "--all", "-o", "json")
                                .json()
                                .get("retained")
                                .spliterator(),
                        false)
                .map(each -> each.get("topic").asText())
                .toList();

        assertThat(topics).hasSize(most).doesNotHaveDuplicates();
    }

    @Test
    void aGatewayIsDrainedAndItsClientsAreToldToGo() throws Exception {
        try (Gateway other = Gateway.start(HoldfastConfig.of(
                "dev=true",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "api.write-token=" + TOKEN))) {
            String[] where = {"--api", "http://127.0.0.1:" + other.admin().getPort()};
            Commands there = new Commands(
                    where[0], where[1], "--api-token-file", token(TOKEN).toString());
            CompletableFuture<Result> client = CompletableFuture.supplyAsync(() -> new Commands()
                    .run(
                            "sub",
                            "-t",
                            "t",
                            "-W",
                            "60s",
                            "--url",
                            "mqtt://127.0.0.1:" + other.tcp().getPort()));
            await().until(() -> there.run("who", "t").err().isEmpty());

            Result drained = there.good("gateways", "drain", "self", "--wait");
            Result list = there.run("gateways", "ls");

            assertThat(drained.out()).matches("draining gateway [0-9a-f]+: 1 connection\nempty\n");
            assertThat(client.join().err()).contains("closed by the gateway: server shutting down (0x8B)");
            assertThat(list.exitCode()).isEqualTo(1);
            assertThat(list.out()).contains("no: phase draining");
        }
    }

    @Test
    void aTraceIsBegunListedAndEnded() {
        Result begun = api.good("trace", "begin", "traced", "--for", "10m");
        String id = begun.out().split(" ")[1];

        assertThat(begun.out()).contains(" in the logs of 1 gateway until ");
        assertThat(api.good("trace", "ls").row(id).subList(1, 3)).containsExactly("traced", "9m59s");
        assertThat(api.good("trace", "end", id).out()).isEqualTo("ended: " + id + "\n");
        assertThat(api.good("trace", "ls").err()).isEqualTo("none\n");
        assertThat(api.run("trace", "end", id).exitCode()).isEqualTo(3);
        assertThat(api.run("trace", "begin", "--for", "2h", "--prefix", "p").exitCode())
                .isEqualTo(2);
    }

    @Test
    void withoutATokenNothingIsDoneAndTheErrorSaysHowToNameOne() throws Exception {
        Result none = new Commands("--api", url()).run("sessions", "end", "x");
        Result wrong = new Commands(
                        "--api",
                        url(),
                        "--api-token-file",
                        token("wrong-token-of-the-tests").toString())
                .run("sessions", "end", "x");
        Result reader = new Commands(
                        "--api",
                        url(),
                        "--api-token-file",
                        token("read-" + TOKEN).toString())
                .run("sessions", "end", "x");
        Result missing = new Commands("--api", url(), "--api-token-file", "/no/such/file").run("sessions", "end", "x");

        assertThat(none.exitCode()).isEqualTo(3);
        assertThat(none.err()).contains("name a file with one (--api-token-file, HOLDFAST_CLI_API_TOKEN)");
        assertThat(wrong.exitCode()).isEqualTo(3);
        assertThat(wrong.err()).contains("the one that was shown is wrong").doesNotContain("wrong-token");
        assertThat(reader.exitCode()).isEqualTo(3);
        assertThat(reader.err()).contains("this token may look, and change nothing");
        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.err()).isEqualTo("holdfast: --api-token-file: /no/such/file: no such file\n");
    }

    @Test
    void whoDoesNotAnswerOrIsNoGatewayIsSaidSo() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
            Result silent =
                    new Commands("--api", "http://127.0.0.1:" + nobody, "--timeout", "200ms").run("gateways", "ls");
            assertThat(silent.exitCode()).isEqualTo(4);
            assertThat(silent.err()).contains("no answer from http://127.0.0.1:" + nobody + " within 200ms");
        }
        Result away = new Commands("--api", "http://127.0.0.1:" + nobody).run("gateways", "ls");
        assertThat(away.exitCode()).isEqualTo(1);
        assertThat(away.err())
                .contains("no gateway answers at http://127.0.0.1:" + nobody)
                .doesNotContain("\tat ");
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        other.start();
        Result stranger =
                new Commands("--api", "http://127.0.0.1:" + other.getAddress().getPort()).run("gateways", "ls");
        other.stop(0);
        assertThat(stranger.exitCode()).isEqualTo(1);
        assertThat(stranger.err()).contains("HTTP status 404", "is this the internal listener of a gateway");
        assertThat(new Commands("--api", "nonsense").run("gateways", "ls").exitCode())
                .isEqualTo(2);
    }

    @Test
    void addressAndTokenMayStandInTheEnvironmentWhichServeDoesNotMind() throws Exception {
        try (HoldfastProcess list = HoldfastProcess.start(
                Map.of("HOLDFAST_CLI_API", url(), "HOLDFAST_CLI_API_TOKEN", TOKEN), "gateways", "ls")) {
            assertThat(list.restOfOut()).contains("CONNECTIONS");
            assertThat(list.exitCode()).isZero();
        }
        try (HoldfastProcess check = HoldfastProcess.start(
                Map.of("HOLDFAST_CLI_API", url(), "HOLDFAST_CLI_API_TOKEN", TOKEN), "check-config", "--dev")) {
            assertThat(check.exitCode()).as(check.err()).isZero();
        }
    }
}
