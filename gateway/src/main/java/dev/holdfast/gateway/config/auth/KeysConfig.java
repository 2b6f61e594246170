// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.auth;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where an issuer's keys are. Exactly one of the first four is written.
 *
 * @param secretFile a file with the HMAC secret, at least 32 bytes; a line end at its end does not count
 * @param pemFile a file with one or more public keys or certificates in PEM
 * @param jwksFile a JWK set file
 * @param jwksUrl a JWK set over HTTPS
 * @param secretIsBase64 whether the secret file holds base64 (either alphabet) rather than the secret itself
 * @param allowHttp whether {@code jwksUrl} may be plain HTTP; only to a loopback address
 * @param refresh how often the URL is read again, ahead of need; default 5 min
 * @param timeout how long one reading may take, body included; default 2 s
 * @param maxResponseBytes longest answer read; default 262144
 * @param unknownKidInterval least time between two readings caused by tokens; default 3 s
 * @param staleMax how long keys are used after the last successful reading; default 24 h
 */
public record KeysConfig(
        @Doc("A file with the HMAC secret, at least 32 bytes.") @Nullable
        Path secretFile,

        @Doc("A file with public keys or certificates in PEM.") @Nullable
        Path pemFile,

        @Doc("A JWK set file. Files are read again when they change.") @Nullable
        Path jwksFile,

        @Doc("A JWK set over HTTPS.") @Nullable URI jwksUrl,

        @Doc("Whether the secret file holds base64 rather than the secret itself.") @Default("false")
        boolean secretIsBase64,

        @Doc("Whether the URL may be plain HTTP; only to a loopback address.") @Default("false")
        boolean allowHttp,

        @Doc("How often the URL is read again, ahead of need.") @Default("5m") @Between(min = "1s", max = "1d")
        Duration refresh,

        @Doc("How long one reading may take, body included.") @Default("2s") @Between(min = "10ms", max = "1m")
        Duration timeout,

        @Doc("Longest answer read.") @Default("262144") @Between(min = "1", max = "16777216")
        int maxResponseBytes,

        @Doc(
                "Least time between two readings caused by tokens: by key ids that are not known, or by signatures that the key "
                        + "of that id did not make. Whoever comes too early waits for the next one.")
        @Default("3s")
        @Between(min = "100ms", max = "1h")
        Duration unknownKidInterval,

        @Doc("How long keys are used after the last successful reading.")
        @Default("24h")
        @Between(min = "1m", max = "365d")
        Duration staleMax) {

    /** No keys at all: refused at start. */
    public static final KeysConfig NONE = of(null, null, null, null);

    /** Fills in the defaults. */
    public KeysConfig {
        refresh = Objects.requireNonNullElse(refresh, Duration.ofMinutes(5));
        timeout = Objects.requireNonNullElse(timeout, Duration.ofSeconds(2));
        maxResponseBytes = maxResponseBytes == 0 ? 256 * 1024 : maxResponseBytes;
        unknownKidInterval = Objects.requireNonNullElse(unknownKidInterval, Duration.ofSeconds(3));
        staleMax = Objects.requireNonNullElse(staleMax, Duration.ofHours(24));
    }

    /** Keys from a secret file. */
    public static KeysConfig secret(Path file) {
        return of(file, null, null, null);
    }

    /** Keys from a PEM file. */
    public static KeysConfig pem(Path file) {
        return of(null, file, null, null);
    }

    /** Keys from a JWK set file. */
    public static KeysConfig jwks(Path file) {
        return of(null, null, file, null);
    }

    /** Keys from a JWK set over HTTPS. */
    public static KeysConfig jwks(URI url) {
        return of(null, null, null, url);
    }

    private static KeysConfig of(@Nullable Path secret, @Nullable Path pem, @Nullable Path jwks, @Nullable URI url) {
        return new KeysConfig(
                secret,
                pem,
                jwks,
                url,
                false,
                false,
                Duration.ofMinutes(5),
                Duration.ofSeconds(2),
                0,
                Duration.ofSeconds(3),
                Duration.ofHours(24));
    }
}
