// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static dev.holdfast.gateway.harness.ApiClient.encoded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.harness.ApiClient;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator asks and orders of one gateway over HTTP. */
final class ApiTest {
    private static InProcessGateway gateway;
    private static InProcessGateway open;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        gateway = InProcessGateway.start(
                List.of("api.read-token=" + ApiClient.READ, "api.write-token=" + ApiClient.WRITE));
        open = InProcessGateway.start(List.of());
        api = new ApiClient(gateway, ApiClient.WRITE);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        open.close();
    }

    private static RawClient connected(Connect connect) {
        return new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5).connected(connect);
    }

    private static HttpRequest.Builder raw(TestGateway where, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + where.adminPort() + path))
                .timeout(Duration.ofSeconds(20));
    }

    @Test
    void aConnectedSessionIsToldInFull() {
        RawClient client = connected(Connect.kept("full")).subscribed("full/+", 1);

        JsonNode session = api.get("/sessions/full");

        assertThat(session.get("online").asBoolean()).isTrue();
        assertThat(session.at("/subscriptions/0/filter").asText()).isEqualTo("full/+");
        assertThat(session.at("/connection/protocol").asText()).isEqualTo("5.0");
        assertThat(session.at("/connection/transport").asText()).isEqualTo("tcp");
        assertThat(session.at("/connection/address").asText()).startsWith("127.0.0.1:");
        client.expectAlive();
    }

    @Test
    void anOfflineSessionShowsItsQueueAndWhatIsPublishedByRest() {
        connected(Connect.kept("away")).subscribed("away/t", 2).disconnect();

        JsonNode published = api.expect(
                200,
                "POST",
                "/publish",
                "{\"topic\":\"away/t\",\"payload\":\"hé\",\"qos\":1,\"expirySeconds\":600,\"contentType\":\"text/plain\","
                        + "\"userProperties\":[{\"name\":\"a\",\"value\":\"b\"}]}");
        JsonNode session = api.get("/sessions/away");
        JsonNode message = api.get("/sessions/away/queue?payload=true").at("/messages/0");
        RawClient back = connected(Connect.kept("away"));
        Packet received = back.take();

        assertThat(published.get("result").asText()).isEqualTo("reached");
        assertThat(session.get("online").asBoolean()).isFalse();
        assertThat(session.get("queued").asInt()).isEqualTo(1);
        assertThat(session.get("oldestQueuedAt").isTextual()).isTrue();
        assertThat(session.get("endsAt").isTextual()).isTrue();
        assertThat(session.get("endsInSeconds").asLong()).isPositive();
        assertThat(session.get("oldestQueuedSeconds").asLong()).isBetween(0L, 60L);
        assertThat(message.get("topic").asText()).isEqualTo("away/t");
        assertThat(message.get("ageSeconds").asLong()).isBetween(0L, 60L);
        assertThat(new String(
                        Base64.getDecoder().decode(message.get("payloadBase64").asText()), StandardCharsets.UTF_8))
                .isEqualTo("hé");
        assertThat(received.text()).isEqualTo("hé");
        assertThat(received.properties().text(Prop.CONTENT_TYPE)).isEqualTo("text/plain");
        back.disconnect();
    }

    @Test
    void sessionsAreFoundPageByPageWhateverIsInTheirNames() {
        List<String> names = new ArrayList<>(List.of("find/<b>&\"\\", "find/é% ?#", "find/\u2028"));
        IntStream.range(0, 10).forEach(i -> names.add("find/" + i));
        names.forEach(name -> connected(Connect.kept(name)).disconnect());
        RawClient online = connected(Connect.connect("find/on"));

        List<String> found = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = api.get("/sessions?state=offline&limit=4&prefix=find%2F" + cursor);
            assertThat(page.get("sessions").size()).isLessThanOrEqualTo(4);
            page.get("sessions").forEach(each -> found.add(each.get("client").asText()));
            cursor = page.get("next").isNull()
                    ? null
                    : "&cursor=" + page.get("next").asText();
        } while (cursor != null);

        assertThat(found).containsExactlyInAnyOrderElementsOf(names);
        for (String name : names.subList(0, 3)) {
            assertThat(api.get("/sessions/" + encoded(name)).get("client").asText())
                    .isEqualTo(name);
            api.expect(204, "DELETE", "/sessions/" + encoded(name), null);
            api.expect(404, "GET", "/sessions/" + encoded(name), null);
        }
        assertThat(api.get("/sessions?state=online&prefix=find/")
                        .at("/sessions/0/client")
                        .asText())
                .isEqualTo("find/on");
        online.expectAlive();
    }

    @Test
    void aKickClosesTheConnectionAndLeavesTheSession() {
        RawClient client = connected(Connect.kept("kicked")).subscribed("kicked/t", 1);

        api.expect(200, "POST", "/sessions/kicked/kick", null);

        client.expectDisconnected(0x98);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> !api.get("/sessions/kicked").get("online").asBoolean());
        assertThat(api.get("/sessions/kicked").get("subscriptionCount").asInt()).isEqualTo(1);
        assertThat(api.expect(409, "POST", "/sessions/kicked/kick", null)
                        .get("field")
                        .asText())
                .isEqualTo("client");
        api.expect(404, "POST", "/sessions/nobody/kick", null);
    }

    @Test
    void aQueueIsPurgedAndASessionKeptLongerAndEnded() {
        connected(Connect.kept("purged")).subscribed("purged/t", 1).disconnect();
        api.expect(200, "POST", "/publish", "{\"topic\":\"purged/t\",\"qos\":1,\"payload\":\"x\"}");

        assertThat(api.expect(200, "DELETE", "/sessions/purged/queue", null)
                        .get("purged")
                        .asInt())
                .isEqualTo(1);
        assertThat(api.expect(200, "PATCH", "/sessions/purged", "{\"expirySeconds\":86400}")
                        .get("expirySeconds")
                        .asInt())
                .isEqualTo(86400);
        JsonNode purged = api.get("/sessions/purged");
        assertThat(purged.get("queued").asInt()).isZero();
        assertThat(purged.get("dropped").asInt()).isEqualTo(1);
        api.expect(204, "DELETE", "/sessions/purged", null);
        for (String[] each :
                new String[][] {{"GET", ""}, {"DELETE", ""}, {"GET", "/queue"}, {"DELETE", "/queue"}, {"POST", "/kick"}
                }) {
            api.expect(404, each[0], "/sessions/purged" + each[1], null);
        }
        api.expect(404, "PATCH", "/sessions/purged", "{\"expirySeconds\":1}");
    }

    @Test
    void anOnlineSessionIsKeptForAsLongAsTheOperatorSaysWhenItsClientGoes() {
        RawClient client = connected(Connect.kept("longer"));

        api.expect(200, "PATCH", "/sessions/longer", "{\"expirySeconds\":7777}");
        client.expectAlive();
        client.vanish();

        await().atMost(Duration.ofSeconds(10))
                .until(() -> !api.get("/sessions/longer").get("online").asBoolean());
        assertThat(api.get("/sessions/longer").get("expirySeconds").asInt()).isEqualTo(7777);
        RawClient clean = connected(Connect.connect("clean"));
        api.expect(409, "PATCH", "/sessions/clean", "{\"expirySeconds\":7777}");
        clean.expectAlive();
    }

    @Test
    void whoWouldGetAMessageIsToldWithSharedSubscriptions() {
        RawClient clean = connected(Connect.connect("who-clean")).subscribed("who/+", 0);
        RawClient shared = connected(Connect.kept("who-shared")).subscribed("$share/g/who/#", 1);

        JsonNode answer = api.get("/listeners?topic=who%2Ft");

        assertThat(answer.at("/sessions/0/client").asText()).isEqualTo("who-clean");
        assertThat(answer.at("/shared/0/filter").asText()).isEqualTo("$share/g/who/#");
        assertThat(answer.at("/shared/0/members/0/client").asText()).isEqualTo("who-shared");
        assertThat(answer.get("complete").asBoolean()).isTrue();
        clean.expectAlive();
        shared.expectAlive();
    }

    @Test
    void retainedMessagesAreListedLookedAtAndRemoved() {
        for (String topic : List.of("kept/c", "kept/a", "kept/b")) {
            api.expect(
                    200,
                    "POST",
                    "/publish",
                    "{\"topic\":\"" + topic + "\",\"retain\":true,\"qos\":1,\"payload\":\"x\"}");
        }

        JsonNode first = api.get("/retained?filter=kept%2F%2B&limit=2");
        JsonNode second = api.get("/retained?filter=kept%2F%2B&limit=2&cursor="
                + encoded(first.get("next").asText()));

        assertThat(first.get("retained").findValuesAsText("topic")).containsExactlyInAnyOrder("kept/a", "kept/b");
        assertThat(second.get("retained").findValuesAsText("topic")).containsExactly("kept/c");
        assertThat(second.get("next").isNull()).isTrue();
        assertThat(api.get("/retained/message?topic=kept%2Fa")
                        .get("payloadBase64")
                        .asText())
                .isEqualTo("eA==");
        api.expect(204, "DELETE", "/retained/message?topic=kept%2Fa", null);
        api.expect(404, "GET", "/retained/message?topic=kept%2Fa", null);
        api.expect(404, "DELETE", "/retained/message?topic=kept%2Fa", null);
    }

    @Test
    void aBatchSaysOfEachMessageWhatBecameOfIt() {
        RawClient subscriber = connected(Connect.connect("batch")).subscribed("batch/#", 1);

        JsonNode results = api.expect(
                        200,
                        "POST",
                        "/publish/batch",
                        "{\"messages\":[{\"topic\":\"batch/1\",\"payload\":\"one\",\"qos\":1},{\"topic\":\"batch/+\"},"
                                + "{\"topic\":\"batch/2\",\"payloadBase64\":\"dHdv\"},7,{\"topic\":\"nobody\",\"qos\":1}]}")
                .get("results");

        assertThat(results.findValuesAsText("status")).contains("200", "400");
        assertThat(results.at("/0/result").asText()).isEqualTo("reached");
        assertThat(results.at("/1/problem/field").asText()).isEqualTo("messages[1].topic");
        assertThat(results.at("/3/problem/field").asText()).isEqualTo("messages[3]");
        assertThat(results.at("/4/result").asText()).isEqualTo("no_subscribers");
        assertThat(List.of(subscriber.take().text(), subscriber.take().text())).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void whatIsAskedAgainUnderItsKeyIsPublishedOnce() {
        RawClient subscriber = connected(Connect.connect("once")).subscribed("once/#", 1);
        String message = "{\"topic\":\"once/1\",\"payload\":\"one\",\"qos\":1,\"idempotencyKey\":\"k1\"}";
        String batch = "{\"messages\":[{\"topic\":\"once/2\",\"payload\":\"two\",\"qos\":1}]}";

        JsonNode first = api.expect(200, "POST", "/publish", message);
        JsonNode again = api.expect(200, "POST", "/publish", message);
        JsonNode other = api.expect(
                409, "POST", "/publish", "{\"topic\":\"once/1\",\"payload\":\"other\",\"idempotencyKey\":\"k1\"}");
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> answer = ApiClient.send(raw(gateway, "/api/v1/publish/batch")
                    .header("Authorization", "Bearer " + ApiClient.WRITE)
                    .header("Content-Type", "application/json")
                    .header("Idempotency-Key", "k2")
                    .POST(HttpRequest.BodyPublishers.ofString(batch))
                    .build());
            assertThat(ApiClient.json(answer).at("/results/0/repeated").asBoolean())
                    .isEqualTo(i == 1);
        }
        api.expect(200, "POST", "/publish", "{\"topic\":\"once/3\",\"payload\":\"last\",\"qos\":1}");

        assertThat(first.has("repeated")).isFalse();
        assertThat(again.get("result")).isEqualTo(first.get("result"));
        assertThat(again.get("repeated").asBoolean()).isTrue();
        assertThat(other.get("field").asText()).isEqualTo("idempotencyKey");
        assertThat(List.of(
                        subscriber.take().text(),
                        subscriber.take().text(),
                        subscriber.take().text()))
                .containsExactlyInAnyOrder("one", "two", "last");
        api.expect(400, "POST", "/publish", "{\"topic\":\"a\",\"idempotencyKey\":\"" + "k".repeat(256) + "\"}");
    }

    @Test
    void aGatewayIsDrainedByItsIdAndKeepsItsSessions() {
        try (InProcessGateway leaving = InProcessGateway.start(List.of("api.write-token=" + ApiClient.WRITE))) {
            ApiClient itsApi = new ApiClient(leaving, ApiClient.WRITE);
            RawClient client =
                    new RawClient(TcpChannel.open(leaving.tcpPort()), Version.V5).connected(Connect.kept("drained"));
            String id = itsApi.get("/gateways").get("self").asText();

            JsonNode answer = itsApi.expect(202, "POST", "/gateways/" + id + "/drain", null);

            assertThat(answer.get("connections").asInt()).isEqualTo(1);
            client.expectDisconnected(0x8B);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> !itsApi.get("/sessions/drained").get("online").asBoolean());
            JsonNode gateways = itsApi.get("/gateways");
            assertThat(gateways.at("/gateways/0/ready").asBoolean()).isFalse();
            assertThat(gateways.at("/gateways/0/checks/phase/why").asText()).isEqualTo("draining");
            itsApi.expect(202, "POST", "/gateways/self/drain", null);
        }
        assertThat(api.expect(404, "POST", "/gateways/nobody/drain", null)
                        .get("field")
                        .asText())
                .isEqualTo("gateway");
        assertThat(ApiClient.send(raw(gateway, "/api/v1/gateways/self/drain")
                                .header("Authorization", "Bearer " + ApiClient.READ)
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build())
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void theGatewaySaysHowItIs() {
        JsonNode answer = api.get("/gateways");

        assertThat(answer.at("/gateways/0/id")).isEqualTo(answer.get("self"));
        assertThat(answer.at("/gateways/0/ready").asBoolean()).isTrue();
        assertThat(answer.at("/gateways/0/checks/phase/ok").asBoolean()).isTrue();
    }

    @Test
    void allConnectionsOfAPrincipalAreClosedAndNoOthers() {
        RawClient other = connected(Connect.connect("not-theirs"));

        JsonNode answer = api.expect(200, "POST", "/principals/disconnect", "{\"principal\":\"me|ann\"}");

        assertThat(answer.get("disconnected").asInt()).isZero();
        assertThat(api.expect(400, "POST", "/principals/disconnect", "{\"principal\":\"\"}")
                        .get("field")
                        .asText())
                .isEqualTo("principal");
        other.expectAlive();
    }

    // ---- bad input

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST|/publish|{}|400|topic",
                "POST|/publish|{\"topic\":7}|400|topic",
                "POST|/publish|{\"topic\":\"a/#\"}|400|topic",
                "POST|/publish|{\"topic\":\"$SYS/x\"}|400|topic",
                "POST|/publish|{\"topic\":\"a\",\"qos\":3}|400|qos",
                "POST|/publish|{\"topic\":\"a\",\"qos\":\"1\"}|400|qos",
                "POST|/publish|{\"topic\":\"a\",\"retain\":1}|400|retain",
                "POST|/publish|{\"topic\":\"a\",\"payloadBase64\":\"*\"}|400|payloadBase64",
                "POST|/publish|{\"topic\":\"a\",\"userProperties\":[{\"name\":\"a\"}]}|400|userProperties[0].value",
                "POST|/publish|{\"topic\":\"a\",\"Qos\":1}|400|Qos",
                "POST|/publish|{\"topic\":\"a\",\"topic\":\"b\"}|400|",
                "POST|/publish|[]|400|",
                "POST|/publish|{|400|",
                "POST|/publish/batch|{\"messages\":[]}|400|messages",
                "PATCH|/sessions/x|{\"expirySeconds\":0}|400|expirySeconds",
                "PATCH|/sessions/x|{\"expirySeconds\":1.5}|400|expirySeconds",
                "GET|/sessions?limit=0||400|limit",
                "GET|/sessions?limit=1001||400|limit",
                "GET|/sessions?state=away||400|state",
                "GET|/sessions?cursor=!!||400|cursor",
                "GET|/sessions?sort=x||400|sort",
                "GET|/sessions?limit=1&limit=2||400|limit",
                "GET|/sessions?prefix=%FF||400|prefix",
                "GET|/listeners||400|topic",
                "GET|/listeners?topic=%2B||400|topic",
                "GET|/retained?filter=a%23||400|filter",
                "GET|/sessions/nobody||404|client",
                "GET|/nowhere||404|",
                "PUT|/sessions/x||405|"
            })
    void whatIsNotAsItHasToBeIsRefusedWithTheField(
            String method, String path, @Nullable String body, int status, @Nullable String field) {
        JsonNode problem = api.expect(status, method, path, body);

        assertThat(
                        problem.path("field").isMissingNode()
                                ? null
                                : problem.get("field").asText())
                .isEqualTo(field);
        assertThat(problem.get("status").asInt()).isEqualTo(status);
    }

    @Test
    void whoHasNoTokenOrAWrongOneIsRefusedAndWhoMayOnlyLookChangesNothing() {
        assertThat(new ApiClient(gateway, ApiClient.READ).get("/sessions").has("sessions"))
                .isTrue();
        HttpResponse<String> none =
                ApiClient.send(raw(gateway, "/api/v1/sessions").build());
        HttpResponse<String> wrong = ApiClient.send(raw(gateway, "/api/v1/sessions")
                .header("Authorization", "Bearer " + ApiClient.READ + "x")
                .build());
        HttpResponse<String> reader = ApiClient.send(raw(gateway, "/api/v1/sessions/x")
                .header("Authorization", "Bearer " + ApiClient.READ)
                .DELETE()
                .build());

        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(none.headers().firstValue("WWW-Authenticate")).isPresent();
        assertThat(none.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(reader.statusCode()).isEqualTo(403);
        assertThat(gateway.metric("mqtt_gateway_rate_limited_total{kind=\"api_unauthorized\"}"))
                .isPositive();
    }

    @Test
    void withoutAConfiguredTokenThisMachineLooksAndNobodyWrites() throws IOException {
        assertThat(ApiClient.send(raw(open, "/api/v1/sessions").build()).statusCode())
                .isEqualTo(200);
        assertThat(ApiClient.send(raw(open, "/api/v1/sessions/x").DELETE().build())
                        .statusCode())
                .isEqualTo(403);
        assertThat(ApiClient.send(raw(open, "/api/v1/sessions")
                                .header("X-Forwarded-For", "10.0.0.1")
                                .build())
                        .statusCode())
                .isEqualTo(403);
        assertThat(ApiClient.send(raw(open, "/api/v1/sessions")
                                .header("Origin", "http://127.0.0.1:9080")
                                .build())
                        .statusCode())
                .isEqualTo(403);
        assertThat(statusLine("GET /api/v1/sessions HTTP/1.1\r\nHost: rebound.example\r\n\r\n"))
                .contains(" 403 ");
        assertThat(statusLine("GET /api/v1/sessions HTTP/1.1\r\nHost: localhost:9080\r\n\r\n"))
                .contains(" 200 ");
    }

    @Test
    void aBodyThatIsTooLargeOrOfAnotherTypeIsRefused() {
        // So long that it is on its way still when it is refused.
        HttpResponse<String> large = api.send("PATCH", "/sessions/x", "{\"a\":\"" + "x".repeat(4_000_000) + "\"}");
        HttpResponse<String> unsaid = ApiClient.send(raw(gateway, "/api/v1/sessions/x")
                .header("Authorization", "Bearer " + ApiClient.WRITE)
                .header("Content-Type", "application/json")
                .method(
                        "PATCH",
                        HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[4_000_000])))
                .build());
        HttpResponse<String> unwanted = ApiClient.send(raw(gateway, "/api/v1/sessions/x")
                .header("Authorization", "Bearer " + ApiClient.WRITE)
                .method("DELETE", HttpRequest.BodyPublishers.ofByteArray(new byte[4_000_000]))
                .build());
        HttpResponse<String> form = ApiClient.send(raw(gateway, "/api/v1/publish")
                .header("Authorization", "Bearer " + ApiClient.WRITE)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("topic=a"))
                .build());

        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(unsaid.statusCode()).isEqualTo(413);
        assertThat(unwanted.statusCode()).isEqualTo(400);
        assertThat(form.statusCode()).isEqualTo(415);
    }

    @Test
    void bodiesThatDoNotComeHoldUpNobody() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.adminPort());
                socket.getOutputStream()
                        .write(("POST /api/v1/publish HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                                        + ApiClient.WRITE
                                        + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
                                .getBytes(StandardCharsets.US_ASCII));
                slow.add(socket);
            }
            assertThat(api.get("/gateways").has("self")).isTrue();
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private static String statusLine(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), open.adminPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }
}
