// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class AdminListenerTest {
    private final Readiness readiness = new Readiness();
    private final HttpClient client = HttpClient.newHttpClient();
    private AdminListener listener;

    @BeforeEach
    void open() throws IOException {
        listener = AdminListener.open(
                "127.0.0.1", 0, new AdminHandler(readiness, type -> "mqtt_gateway_takeovers_total 0.0\n"));
    }

    @AfterEach
    void close() {
        listener.close();
    }

    @Test
    void aliveFromTheStartButReadyOnlyWhileServing() throws Exception {
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);

        readiness.phase(Readiness.Phase.SERVING);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);

        readiness.phase(Readiness.Phase.DRAINING);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        assertThat(json(get("/readyz")).at("/checks/phase/why").asText()).isEqualTo("draining");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void notReadySaysWhichCheckFailedAndWhy() throws Exception {
        readiness.phase(Readiness.Phase.SERVING);
        readiness.require("store", () -> CompletableFuture.failedFuture(new IOException("connection \"refused\"")));
        readiness.require("loop", () -> CompletableFuture.completedFuture("fine"));
        readiness.require("bug", () -> {
            throw new IllegalStateException("thrown");
        });

        HttpResponse<String> answer = get("/readyz");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        JsonNode report = json(answer);
        assertThat(report.get("ready").asBoolean()).isFalse();
        assertThat(report.at("/checks/store/ok").asBoolean()).isFalse();
        assertThat(report.at("/checks/store/why").asText()).isEqualTo("connection \"refused\"");
        assertThat(report.at("/checks/bug/why").asText()).isEqualTo("thrown");
        assertThat(report.at("/checks/loop/ok").asBoolean()).isTrue();
    }

    @Test
    void aCheckThatNeverAnswersIsNotReadyAfterASecondAndHoldsNobodyElseUp() throws Exception {
        readiness.phase(Readiness.Phase.SERVING);
        readiness.require("store", CompletableFuture::new);

        CompletableFuture<HttpResponse<String>> slow =
                client.sendAsync(request("/readyz"), HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> meanwhile = get("/healthz");

        assertThat(meanwhile.statusCode()).isEqualTo(200);
        assertThat(json(slow.get()).at("/checks/store/why").asText()).isEqualTo("no answer within 1 s");
    }

    @Test
    void metricsAreTextThatPrometheusReads() throws Exception {
        HttpResponse<String> answer = get("/metrics");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        assertThat(answer.body()).isEqualTo("mqtt_gateway_takeovers_total 0.0\n");
    }

    @Test
    void whatIsNotThereIs404AndWhatChangesThingsIs405() throws Exception {
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/metrics/").statusCode()).isEqualTo(404);
        HttpRequest post = HttpRequest.newBuilder(uri("/healthz"))
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();
        assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(405);
    }

    @Test
    void anEndWhileRequestsAreAnsweredThrowsNothingIntoTheLog() throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        log.start();
        root.addAppender(log);
        CountDownLatch asked = new CountDownLatch(2);
        CountDownLatch answered = new CountDownLatch(2);
        AdminListener ending = AdminListener.open(
                "127.0.0.1",
                0,
                exchange -> exchange.dispatch(() -> {
                    asked.countDown();
                    try {
                        Thread.sleep(30_000); // until it is interrupted
                    } catch (InterruptedException e) {
                        exchange.getResponseSender().send("late");
                        answered.countDown();
                    }
                }));
        try {
            URI slow = URI.create("http://127.0.0.1:" + ending.address().getPort() + "/");
            HttpRequest request = HttpRequest.newBuilder(slow).build();
            for (int i = 0; i < 2; i++) {
                var unused = client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
            }
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

            ending.close();

            assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            root.detachAppender(log);
        }
        // Gateways of classes before this one may be ending still, in threads of their own.
        assertThat(log.list)
                .filteredOn(each -> each.getThrowableProxy() != null)
                .filteredOn(each -> !each.getLoggerName().startsWith("dev.holdfast.gateway.app."))
                .isEmpty();
    }

    @Test
    void aPortThatIsTakenIsAnIoException() {
        assertThatThrownBy(() -> AdminListener.open(
                                "127.0.0.1", listener.address().getPort(), new AdminHandler(readiness, type -> ""))
                        .close())
                .isInstanceOf(IOException.class);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(10)).build();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + listener.address().getPort() + path);
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        return new ObjectMapper().readTree(answer.body());
    }
}
