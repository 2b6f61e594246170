// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What is in a JWK set, for the operator.
 *
 * @param keys the keys that can check signatures
 * @param leftOut how many members were not taken: for encryption, broken, of an unknown kind, secret
 */
public record KeySetReport(List<Entry> keys, int leftOut) {

    /**
     * One key.
     *
     * @param kid its key id, or null
     * @param kind RSA, EC and so on
     * @param bits its size, 0 where that says nothing
     * @param algorithms the algorithms that it is fit for, by kind, size and its own {@code alg}
     */
    public record Entry(@Nullable String kid, String kind, int bits, List<String> algorithms) {}

    /** Reads a file as the gateway would. */
    public static KeySetReport ofFile(Path file) throws IOException {
        byte[] text = Files.readAllBytes(file);
        try {
            return of(JwkSetText.parse(text, true));
        } catch (IOException e) {
            throw new IOException("what is there is none");
        }
    }

    /** Why the gateway would not fetch a URL, or null. */
    public static @Nullable String objection(URI url, boolean allowHttp) {
        return JwksEndpoint.objection(url, allowHttp);
    }

    /**
     * Fetches a URL as the gateway would: no redirect, bounded in time and size. Blocks; not for I/O threads.
     *
     * @throws IOException with what was wrong
     */
    public static KeySetReport ofUrl(URI url, boolean allowHttp, Duration timeout) throws IOException {
        String objection = JwksEndpoint.objection(url, allowHttp);
        if (objection != null) {
            throw new IOException("the URL " + objection);
        }
        try (AuthThreads threads = AuthThreads.start()) {
            byte[] body = new JwksEndpoint(url, timeout, 256 * 1024, threads.keys())
                    .fetch()
                    .get(timeout.toMillis() * 2, TimeUnit.MILLISECONDS)
                    .body();
            return of(JwkSetText.parse(body, false));
        } catch (ExecutionException e) {
            throw new IOException(JwksEndpoint.words(e.getCause()));
        } catch (TimeoutException e) {
            throw new IOException("no answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        }
    }

    private static KeySetReport of(JwkSetText set) {
        return new KeySetReport(set.keys().stream().map(KeySetReport::entry).toList(), set.leftOut());
    }

    private static Entry entry(RawKey key) {
        List<String> algorithms = List.of(SigningAlgorithm.values()).stream()
                .filter(each -> each.fits(key.key()) && key.allows(each))
                .map(SigningAlgorithm::id)
                .toList();
        return new Entry(key.kid(), key.key().getAlgorithm(), SigningAlgorithm.sizeOf(key.key()), algorithms);
    }
}
