// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A JWK set behind one fixed URL. Follows no redirect, reads no more than it was told to, and takes no longer, body
 * included. Nothing blocks: the work is done on the executor given.
 */
final class JwksEndpoint {
    private static final List<String> LOOPBACK = List.of("localhost", "[::1]");

    private final URI url;
    private final Duration timeout;
    private final int maxResponseBytes;
    private final ScheduledExecutorService worker;
    private final HttpClient client;

    /** What came back. The bytes tell whether the set has changed. */
    record Answer(byte[] body, List<RawKey> keys) {
        boolean sameAs(@Nullable Answer other) {
            return other != null && Arrays.equals(body, other.body);
        }
    }

    JwksEndpoint(URI url, Duration timeout, int maxResponseBytes, ScheduledExecutorService worker) {
        this.url = url;
        this.timeout = timeout;
        this.maxResponseBytes = maxResponseBytes;
        this.worker = worker;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout)
                .executor(this::onWorker)
                .build();
    }

    /** Why a URL may not be used, or null when it may: HTTPS anywhere, HTTP only to this machine and only when asked for. */
    static @Nullable String objection(URI url, boolean allowHttp) {
        String host = url.getHost();
        if (host == null || url.getUserInfo() != null || url.getFragment() != null) {
            return "needs a host, no user and no fragment";
        }
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (scheme.equals("https")) {
            return null;
        }
        boolean loopback = LOOPBACK.contains(host.toLowerCase(Locale.ROOT)) || host.matches("127(\\.[0-9]{1,3}){3}");
        if (scheme.equals("http") && allowHttp && loopback) {
            return null;
        }
        return "must be https (http only to a loopback address, with allow-http)";
    }

    /** What was wrong, for the operator. Sentences of our own hold nothing of the answer; those of others might. */
    static String words(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause == null || cause instanceof CancellationException || cause instanceof HttpTimeoutException) {
            return "no answer in time";
        } else if (cause instanceof ConnectException) {
            return cause.getCause() instanceof UnresolvedAddressException
                    ? "there is no host of this name"
                    : "nobody can be reached there";
        } else if (cause instanceof SSLException) {
            return "its certificate is not trusted here, or is another host's, or it speaks no TLS";
        } else if (cause.getClass() == IOException.class && cause.getMessage() != null && cause.getCause() == null) {
            return cause.getMessage();
        }
        return "it broke the connection off, or does not answer in HTTP";
    }

    /** Reads the set. Fails with an {@link IOException} that says what was wrong. */
    CompletableFuture<Answer> fetch() {
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .header("Accept", "application/jwk-set+json, application/json")
                .GET()
                .build();
        CompletableFuture<HttpResponse<byte[]>> call =
                client.sendAsync(request, info -> new BoundedBody(maxResponseBytes));
        // The request's own timeout ends with the headers; this one holds for the body as well.
        ScheduledFuture<?> limit = worker.schedule(() -> call.cancel(true), timeout.toMillis(), TimeUnit.MILLISECONDS);
        return call.whenComplete((answer, failure) -> limit.cancel(false))
                .thenComposeAsync(
                        answer -> {
                            try {
                                return CompletableFuture.completedFuture(read(answer));
                            } catch (IOException e) {
                                return CompletableFuture.failedFuture(e);
                            }
                        },
                        this::onWorker);
    }

    // When the gateway closes, what is still under way ends on the thread it is on.
    private void onWorker(Runnable task) {
        try {
            worker.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    private static Answer read(HttpResponse<byte[]> answer) throws IOException {
        if (answer.statusCode() != 200) {
            throw new IOException("HTTP status " + answer.statusCode());
        }
        List<RawKey> keys;
        try {
            keys = JwkSetText.parse(answer.body(), false).keys();
        } catch (IOException e) {
            throw new IOException("not a JWK set");
        }
        if (keys.isEmpty()) {
            throw new IOException("no key for signatures in it");
        }
        return new Answer(answer.body(), keys);
    }
}
