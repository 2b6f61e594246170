// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import dev.holdfast.gateway.config.KeysConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Stream;

/** Opens the source of keys that an issuer's settings name. */
final class KeyOpener {
    private static final Duration WATCH_EVERY = Duration.ofSeconds(2);

    private final InstantSource clock;
    private final ScheduledExecutorService worker;
    private final KeyReadings readings;

    KeyOpener(InstantSource clock, ScheduledExecutorService worker, KeyReadings readings) {
        this.clock = clock;
        this.worker = worker;
        this.readings = readings;
    }

    KeySource open(
            String issuer, KeysConfig keys, List<SigningAlgorithm> algorithms, Function<List<RawKey>, KeySet> keySet)
            throws AuthConfigException {
        String name = "issuer '" + issuer + "': ";
        long written = Stream.of(keys.secretFile(), keys.pemFile(), keys.jwksFile(), keys.jwksUrl())
                .filter(Objects::nonNull)
                .count();
        if (written != 1) {
            throw new AuthConfigException(name + "exactly one of secret-file, pem-file, jwks-file, jwks-url is needed");
        }
        URI url = keys.jwksUrl();
        if (url != null) {
            return remote(issuer, url, keys, keySet);
        }
        Path secret = keys.secretFile();
        try {
            if (secret != null) {
                KeyFile kind = keys.secretIsBase64() ? KeyFile.SECRET_BASE64 : KeyFile.SECRET;
                requireStrongEnough(kind.read(secret), algorithms, secret);
                return new FileKeys(kind, secret, keySet, worker, WATCH_EVERY);
            }
            Path pem = keys.pemFile();
            return pem != null
                    ? new FileKeys(KeyFile.PEM, pem, keySet, worker, WATCH_EVERY)
                    : new FileKeys(KeyFile.JWKS, Objects.requireNonNull(keys.jwksFile()), keySet, worker, WATCH_EVERY);
        } catch (IOException e) {
            throw new AuthConfigException(name + e.getMessage());
        }
    }

    private KeySource remote(String issuer, URI url, KeysConfig keys, Function<List<RawKey>, KeySet> keySet)
            throws AuthConfigException {
        String objection = JwksEndpoint.objection(url, keys.allowHttp());
        if (objection != null) {
            throw new AuthConfigException("issuer '" + issuer + "': jwks-url " + objection);
        }
        JwksEndpoint endpoint = new JwksEndpoint(url, keys.timeout(), keys.maxResponseBytes(), worker);
        return new RemoteKeys(issuer, endpoint, keys, keySet, clock, worker, good -> readings.ended(issuer, good));
    }

    // RFC 7518 section 3.2: a key at least as long as the hash. Each algorithm on the list must be usable.
    private static void requireStrongEnough(List<RawKey> secret, List<SigningAlgorithm> algorithms, Path file)
            throws IOException {
        int bits = SigningAlgorithm.sizeOf(secret.get(0).key());
        for (SigningAlgorithm algorithm : algorithms) {
            if (algorithm.family() == SigningAlgorithm.Family.HMAC && bits < algorithm.bits()) {
                throw new IOException(
                        file + ": a secret of " + bits + " bits; " + algorithm.id() + " needs " + algorithm.bits());
            }
        }
    }
}
