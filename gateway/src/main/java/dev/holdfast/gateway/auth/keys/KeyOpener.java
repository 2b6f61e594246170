// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.config.auth.KeysConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.pem.FileModes;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the source of keys that an issuer's settings name. */
public final class KeyOpener {
    private static final Duration WATCH_EVERY = Duration.ofSeconds(2);

    private final InstantSource clock;
    private final ScheduledExecutorService worker;
    private final KeyReadings readings;

    /** An opener whose sources read their keys with this worker and tell {@code readings} how each reading went. */
    public KeyOpener(InstantSource clock, ScheduledExecutorService worker, KeyReadings readings) {
        this.clock = clock;
        this.worker = worker;
        this.readings = readings;
    }

    /** A file of keys, and which setting names it. */
    private static final Logger LOG = LoggerFactory.getLogger(KeyOpener.class);

    private record Named(String setting, KeyFile kind, Path path) {}

    /** The file that the settings name, or null if they name a URL. Exactly one of the four is written. */
    private static @Nullable Named file(KeysConfig keys) {
        Path secret = keys.secretFile();
        if (secret != null) {
            return new Named("secret-file", keys.secretIsBase64() ? KeyFile.SECRET_BASE64 : KeyFile.SECRET, secret);
        }
        Path pem = keys.pemFile();
        if (pem != null) {
            return new Named("pem-file", KeyFile.PEM, pem);
        }
        Path jwks = keys.jwksFile();
        return jwks == null ? null : new Named("jwks-file", KeyFile.JWKS, jwks);
    }

    /** Complains of everything for which {@link #open} would throw. Reads the file, asks no URL. */
    public static void check(KeysConfig keys, List<SigningAlgorithm> algorithms, Complaints complaints) {
        long written = Stream.of(keys.secretFile(), keys.pemFile(), keys.jwksFile(), keys.jwksUrl())
                .filter(Objects::nonNull)
                .count();
        if (written != 1) {
            complaints.about("", "exactly one of secret-file, pem-file, jwks-file, jwks-url is needed");
            return;
        }
        URI url = keys.jwksUrl();
        String objection = url == null ? null : JwksEndpoint.objection(url, keys.allowHttp());
        if (objection != null) {
            complaints.about("jwks-url", objection);
        }
        Named file = file(keys);
        if (file != null) {
            try {
                List<RawKey> raw = file.kind.read(file.path);
                requireFitting(raw, algorithms, file);
            } catch (IOException e) {
                complaints.about(file.setting, String.valueOf(e.getMessage()));
            }
        }
    }

    private static void requireFitting(List<RawKey> raw, List<SigningAlgorithm> algorithms, Named file)
            throws IOException {
        if (file.kind == KeyFile.SECRET || file.kind == KeyFile.SECRET_BASE64) {
            requireStrongEnough(raw, algorithms, file.path);
        }
        // An issuer without algorithms has been complained of already.
        if (!algorithms.isEmpty() && KeySet.of(raw, algorithms).isEmpty()) {
            throw new IOException(file.path + FileKeys.NONE_FITS);
        }
    }

    /** Opens the source that {@link #check} has found nothing wrong with. */
    public KeySource open(String issuer, KeysConfig keys, Function<List<RawKey>, KeySet> keySet)
            throws AuthConfigException {
        Named file = file(keys);
        if (file == null) {
            URI url = Objects.requireNonNull(keys.jwksUrl());
            JwksEndpoint endpoint = new JwksEndpoint(url, keys.timeout(), keys.maxResponseBytes(), worker);
            return new RemoteKeys(issuer, endpoint, keys, keySet, clock, worker, good -> readings.ended(issuer, good));
        }
        boolean isSecret = file.kind == KeyFile.SECRET || file.kind == KeyFile.SECRET_BASE64;
        if (isSecret && FileModes.isReadableByAll(file.path)) {
            LOG.warn(
                    "{} holds a secret, with which anybody can make tokens, and may be read by every user of this machine",
                    file.path);
        }
        try {
            return new FileKeys(file.kind, file.path, keySet, worker, WATCH_EVERY);
        } catch (IOException changedMeanwhile) {
            throw new AuthConfigException("issuer '" + issuer + "': " + changedMeanwhile.getMessage());
        }
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
