// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.auth.TokenRef;
import dev.holdfast.gateway.auth.revocation.StoredRevocations;
import dev.holdfast.store.memory.MemoryRevocationStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator may ask of {@code /revocations}, and what is answered, over HTTP. */
final class RevocationsHandlerTest {
    private static final String ISSUER = "https://id.example/";
    private static final int MOST = 3;

    private final HttpClient client = HttpClient.newHttpClient();
    private final StoredRevocations revocations =
            new StoredRevocations(new MemoryRevocationStore(InstantSource.system(), MOST), InstantSource.system());
    private final List<String> ended = new CopyOnWriteArrayList<>();
    private AdminHandler handler;
    private AdminListener listener;

    @BeforeEach
    void open() throws IOException {
        handler = new AdminHandler(new Readiness(), type -> "");
        listener = AdminListener.open("127.0.0.1", 0, handler);
        handler.revocations(new RevocationsHandler(
                revocations,
                Set.of(ISSUER),
                (issuer, subject) -> {
                    ended.add(issuer + " " + subject);
                    return CompletableFuture.completedFuture(1);
                },
                (exchange, changes) -> null,
                InstantSource.system()));
    }

    @AfterEach
    void close() {
        listener.close();
    }

    @Test
    void aRevocationHoldsUntilTheTimeThatWasSaid() throws Exception {
        Instant until = Instant.parse("2030-01-31T12:00:00Z");

        HttpResponse<String> answer = post(json("\"jti\":\"t1\",\"until\":\"" + until + "\""));

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(parsed(answer).get("until").asText()).isEqualTo(until.toString());
        assertThat(parsed(answer).get("stored").asBoolean()).isTrue();
        assertThat(revocations.isRevoked(new TokenRef(ISSUER, "ann", "t1", null)))
                .isTrue();
        assertThat(revocations.isRevoked(new TokenRef(ISSUER, "t1", "t2", null)))
                .isFalse();
    }

    @Test
    void theSessionsOfASubjectAreEndedWhereThatIsAskedAndNowhereElse() throws Exception {
        assertThat(post(json("\"subject\":\"bob\"")).statusCode()).isEqualTo(201);
        assertThat(post(json("\"subject\":\"eve\",\"endSessions\":false")).statusCode())
                .isEqualTo(201);
        for (String wrong : List.of("\"jti\":\"t1\",\"endSessions\":true", "\"subject\":\"eve\",\"endSessions\":1")) {
            HttpResponse<String> refusal = post(json(wrong));
            assertThat(refusal.statusCode()).isEqualTo(400);
            assertThat(parsed(refusal).get("error").asText()).startsWith("endSessions: expected");
        }
        assertThat(ended).isEmpty();

        HttpResponse<String> answer = post(json("\"subject\":\"ann\",\"endSessions\":true"));

        assertThat(parsed(answer).get("endingSessions").asBoolean()).isTrue();
        assertThat(ended).containsExactly(ISSUER + " ann");
    }

    @Test
    void withoutATimeItHoldsForAYear() throws Exception {
        Instant until = Instant.parse(
                parsed(post(json("\"subject\":\"ann\""))).get("until").asText());

        assertThat(until)
                .isBetween(
                        Instant.now().plus(Duration.ofDays(364)), Instant.now().plus(Duration.ofDays(366)));
        assertThat(revocations.isRevoked(
                        new TokenRef(ISSUER, "ann", null, Instant.now().minusSeconds(5))))
                .isTrue();
        assertThat(revocations.isRevoked(
                        new TokenRef(ISSUER, "ann", null, Instant.now().plusSeconds(5))))
                .isFalse();
    }

    @Test
    void whatHoldsIsListedAndWhatIsTakenBackIsNot() throws Exception {
        post(json("\"jti\":\"t1\""));
        post(json("\"subject\":\"ann & bob\""));
        JsonNode before = parsed(get());

        assertThat(delete("?issuer=https%3A%2F%2Fid.example%2F&subject=ann%20%26%20bob"))
                .isEqualTo(204);

        assertThat(before.get("total").asInt()).isEqualTo(2);
        assertThat(before.get("revocations").findValuesAsText("subject")).containsExactly("ann & bob");
        assertThat(parsed(get()).get("revocations").findValuesAsText("jti")).containsExactly("t1");
        assertThat(delete("?issuer=https%3A%2F%2Fid.example%2F&subject=ann%20%26%20bob"))
                .isEqualTo(404);
    }

    @Test
    void moreThanTheLimitAreRefusedAndDoNotHold() throws Exception {
        for (int i = 0; i < MOST; i++) {
            assertThat(post(json("\"jti\":\"t" + i + "\"")).statusCode()).isEqualTo(201);
        }

        HttpResponse<String> answer = post(json("\"jti\":\"one more\""));

        assertThat(answer.statusCode()).isEqualTo(507);
        assertThat(parsed(answer).get("error").asText()).contains("limits.max-revocations");
        assertThat(revocations.isRevoked(new TokenRef(ISSUER, "ann", "one more", null)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "7",
                "{",
                "{}",
                "{\"issuer\":\"https://id.example/\"}",
                "{\"jti\":\"t\"}",
                "{\"issuer\":\"https://id.example\",\"jti\":\"t\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"t\",\"subject\":\"s\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"t\",\"jti\":\"u\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"t\",\"untill\":\"2030-01-01T00:00:00Z\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"t\",\"until\":\"tomorrow\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"t\",\"until\":\"2001-01-01T00:00:00Z\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"t\",\"until\":\"9001-01-01T00:00:00Z\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"t\",\"until\":1900000000}",
                "{\"issuer\":\"https://id.example/\",\"jti\":7}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"a\\nb\"}",
                "{\"issuer\":\"https://id.example/\",\"jti\":\"t\"} {}"
            })
    void whatIsNotMeantExactlyIsRefusedAndSaysWhatWasExpected(String body) throws Exception {
        HttpResponse<String> answer = post(body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(parsed(answer).get("error").asText()).isNotEmpty();
        assertThat(revocations.size()).isZero();
    }

    @Test
    void aBodyThatIsTooLongIsRefusedWithOrWithoutItsLengthSaid() throws Exception {
        String body = json("\"jti\":\"" + "x".repeat(5_000) + "\"");
        HttpRequest chunked = request("")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(body.getBytes(StandardCharsets.US_ASCII))))
                .build();

        assertThat(post(body).statusCode()).isEqualTo(413);
        assertThat(client.send(chunked, BodyHandlers.ofString()).statusCode()).isEqualTo(413);
    }

    @Test
    void aWebPageCannotRevokeAnything() throws Exception { // CSRF against the operator's browser
        HttpRequest form = request("")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString(json("\"jti\":\"t\"")))
                .build();
        HttpRequest page = request("")
                .header("Content-Type", "application/json")
                .header("Origin", "http://evil.example")
                .POST(BodyPublishers.ofString(json("\"jti\":\"t\"")))
                .build();

        assertThat(client.send(form, BodyHandlers.ofString()).statusCode()).isEqualTo(415);
        assertThat(client.send(page, BodyHandlers.ofString()).statusCode()).isEqualTo(403);
        assertThat(revocations.size()).isZero();
    }

    @Test
    void otherMethodsAre405AndBeforeTheGatewayHasStartedItIs503() throws Exception {
        HttpRequest put = request("").PUT(BodyPublishers.ofString("{}")).build();

        assertThat(client.send(put, BodyHandlers.ofString()).headers().firstValue("Allow"))
                .contains("GET, POST, DELETE");
        try (AdminListener young = AdminListener.open("127.0.0.1", 0, new AdminHandler(new Readiness(), type -> ""))) {
            URI uri = URI.create("http://127.0.0.1:" + young.address().getPort() + "/revocations");
            assertThat(client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(503);
        }
    }

    private static String json(String more) {
        return "{\"issuer\":\"" + ISSUER + "\"," + more + "}";
    }

    private HttpResponse<String> post(String body) throws Exception {
        return client.send(
                request("")
                        .header("Content-Type", "application/json; charset=utf-8")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> get() throws Exception {
        return client.send(request("").build(), BodyHandlers.ofString());
    }

    private int delete(String query) throws Exception {
        return client.send(request(query).DELETE().build(), BodyHandlers.ofString())
                .statusCode();
    }

    private HttpRequest.Builder request(String query) {
        URI uri = URI.create("http://127.0.0.1:" + listener.address().getPort() + "/revocations" + query);
        return HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10));
    }

    private static JsonNode parsed(HttpResponse<String> answer) throws IOException {
        return new ObjectMapper().readTree(answer.body());
    }
}
