// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.Undertow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a browser gets where the page is part of the build, and where it is not. */
final class DemoHandlerTest {
    private static final String HTML = "<!doctype html><title>page</title>";
    private static final Map<String, byte[]> FILES = Map.of(
            "files.txt", bytes("index.html\nassets/app-1a2b.js\n"),
            "index.html", bytes(HTML),
            "index.html.gz", gzip(HTML),
            "assets/app-1a2b.js", bytes("1"),
            "assets/app-1a2b.js.gz", gzip("1"));

    private final HttpClient browser = HttpClient.newHttpClient();
    private Undertow server = serve(FILES, List.of());

    @AfterEach
    void stop() {
        server.stop();
    }

    @Test
    void thePageIsServedCompressedOrNotWithWhatABrowserMustKnow() throws Exception {
        HttpResponse<byte[]> plain = get("/");
        HttpResponse<byte[]> compressed = get("/", "Accept-Encoding", "br, gzip");

        assertThat(plain.statusCode()).isEqualTo(200);
        assertThat(text(plain.body())).isEqualTo(HTML);
        assertThat(header(plain, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(header(plain, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(plain, "Cache-Control")).isEqualTo("no-cache");
        assertThat(header(plain, "Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'")
                .doesNotContain("unsafe");
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(header(compressed, "Content-Encoding")).isEqualTo("gzip");
        assertThat(text(new GZIPInputStream(new ByteArrayInputStream(compressed.body())).readAllBytes()))
                .isEqualTo(HTML);
    }

    @Test
    void whatHasAHashInItsNameIsKeptForEverAndTheRestIsAskedForAgainByItsTag() throws Exception {
        assertThat(header(get("/assets/app-1a2b.js"), "Cache-Control")).contains("immutable");
        String tag = header(get("/index.html"), "ETag");

        HttpResponse<byte[]> again = get("/", "If-None-Match", tag);

        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void headHasTheLengthAndNoBodyAndOtherMethodsAreRefused() throws Exception {
        HttpResponse<byte[]> head = send("HEAD", "/");
        HttpResponse<byte[]> post = send("POST", "/");

        assertThat(header(head, "Content-Length")).isEqualTo(String.valueOf(HTML.length()));
        assertThat(head.body()).isEmpty();
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(header(post, "Allow")).isEqualTo("GET, HEAD");
    }

    @Test
    void onlyFilesOfThePageAreServed() throws Exception {
        for (String path :
                List.of("/files.txt", "/index.html.gz", "/assets/", "/../logback.xml", "/%2e%2e/logback.xml")) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    void aBuildWithoutThePageSaysSo() throws Exception {
        server.stop();
        server = serve(Map.of(), List.of());

        HttpResponse<byte[]> answer = get("/");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(text(answer.body())).contains("not in this build");
    }

    /** Elsewhere than on the developer's own machine nobody gets a token or hears of a session by asking. */
    @Test
    void withoutDevThereIsNoTokenAndNoSessionAndThePageMayTalkToTheListedGatewaysOnly() throws Exception {
        server.stop();
        server = serve(FILES, List.of("wss://a.example.com/mqtt", "wss://b.example.com:8443/mqtt"));

        assertThat(get("/demo/token?seconds=60").statusCode()).isEqualTo(404);
        assertThat(get("/demo/session?client=demo-x").statusCode()).isEqualTo(404);
        assertThat(text(get("/demo/config").body()))
                .isEqualTo("{\"gateways\":[\"wss://a.example.com/mqtt\",\"wss://b.example.com:8443/mqtt\"],"
                        + "\"path\":\"/mqtt\",\"tokens\":false,\"sessions\":false}\n");
        assertThat(header(get("/"), "Content-Security-Policy"))
                .endsWith("connect-src 'self' wss://a.example.com wss://b.example.com:8443");
    }

    private static Undertow serve(Map<String, byte[]> files, List<String> gateways) {
        DemoPage page = DemoPage.load(name -> open(files, name));
        Undertow server = Undertow.builder()
                .setIoThreads(1)
                .setWorkerThreads(1)
                .addHttpListener(0, "127.0.0.1", new DemoHandler(page, gateways, "/mqtt", null, null))
                .build();
        server.start();
        return server;
    }

    private static @Nullable InputStream open(Map<String, byte[]> files, String name) {
        byte[] content = files.get(name);
        return content == null ? null : new ByteArrayInputStream(content);
    }

    private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        return send("GET", path, headers);
    }

    private HttpResponse<byte[]> send(String method, String path, String... headers) throws Exception {
        int port = ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return browser.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] gzip(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
