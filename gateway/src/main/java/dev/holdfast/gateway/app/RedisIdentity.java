// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.RedisConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.gateway.pem.KeyMaterial;
import dev.holdfast.gateway.pem.PemFile;
import dev.holdfast.store.redis.RedisAccess;
import dev.holdfast.store.redis.RedisAccess.Login;
import dev.holdfast.store.redis.RedisAccess.Tls;
import dev.holdfast.store.redis.RedisUrl;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyStore;
import java.security.Provider;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.TrustManagerFactorySpi;
import org.jspecify.annotations.Nullable;

/**
 * Who this gateway is to Redis and to Sentinels, and how it knows them: users, passwords, certificates. What stands in files
 * is what they hold at each new connection.
 */
final class RedisIdentity {
    private static final String SAID_TWICE = " names one too; expected one of the two";

    private final RedisConfig redis;
    private final @Nullable RedisUrl url;
    private final Complaints complaints;

    private RedisIdentity(RedisConfig redis, @Nullable RedisUrl url, Complaints complaints) {
        this.redis = redis;
        this.url = url;
        this.complaints = complaints;
    }

    /**
     * Reads the files.
     *
     * @param url what stands in {@code store.redis.url}; null if it is no address, which somebody else complains of
     * @param complaints hears of everything that is wrong with it, and then the answer is of no use
     */
    static RedisAccess of(RedisConfig redis, @Nullable RedisUrl url, Complaints complaints) {
        return new RedisIdentity(redis, url, complaints).access();
    }

    private RedisAccess access() {
        return new RedisAccess(servers(), sentinels(), tls());
    }

    private Supplier<Login> servers() {
        boolean hasFurtherPassword = redis.password() != null || redis.passwordFile() != null;
        String userInUrl = url == null ? null : url.username();
        String passwordInUrl = url == null ? null : url.password();
        if (hasFurtherPassword && userInUrl == null && passwordInUrl != null) {
            // redis://user@host: the one word is a password only as long as there is no other.
            userInUrl = passwordInUrl;
            passwordInUrl = null;
        }
        if (passwordInUrl != null && hasFurtherPassword) {
            complaints.about(redis.password() != null ? "password" : "password-file", "url" + SAID_TWICE);
        }
        if (userInUrl != null && (redis.username() != null || redis.usernameFile() != null)) {
            complaints.about(redis.username() != null ? "username" : "username-file", "url" + SAID_TWICE);
        }
        Supplier<@Nullable String> user =
                either(userInUrl == null ? redis.username() : userInUrl, "username-file", redis.usernameFile());
        Supplier<@Nullable String> password = either(
                passwordInUrl == null ? reveal(redis.password()) : passwordInUrl,
                "password-file",
                redis.passwordFile());
        boolean hasUser = userInUrl != null || redis.username() != null || redis.usernameFile() != null;
        if (hasUser && passwordInUrl == null && !hasFurtherPassword) {
            complaints.about(
                    userInUrl != null ? "url" : redis.username() != null ? "username" : "username-file",
                    "a user without a password; expected one in url, password or password-file");
        }
        return () -> new Login(user.get(), password.get());
    }

    private Supplier<Login> sentinels() {
        Supplier<@Nullable String> password =
                either(reveal(redis.sentinelPassword()), "sentinel-password-file", redis.sentinelPasswordFile());
        if (redis.sentinelUsername() != null
                && redis.sentinelPassword() == null
                && redis.sentinelPasswordFile() == null) {
            complaints.about(
                    "sentinel-username",
                    "a user without a password; expected one in sentinel-password or sentinel-password-file");
        }
        return () -> new Login(redis.sentinelUsername(), password.get());
    }

    /** What is written, or what a file holds at the time. */
    private Supplier<@Nullable String> either(@Nullable String written, String setting, @Nullable Path file) {
        if (file == null) {
            return () -> written;
        }
        RenewedFiles<String> line = attempt(setting, List.of(file), () -> {
            String first = KeyMaterial.firstLine(file);
            if (first.isEmpty()) {
                throw new IOException(file + ": nothing in its first line");
            }
            return first;
        });
        return line == null ? () -> null : line::now;
    }

    private @Nullable Tls tls() {
        RenewedFiles<KeyManager[]> keys = redis.keystore() != null ? keystore(redis.keystore()) : pemKeys();
        RenewedFiles<TrustManager[]> authorities = authorities();
        boolean isNamed = Stream.of(redis.ca(), redis.trustStore(), redis.certificate(), redis.keystore())
                .anyMatch(file -> file != null);
        if (isNamed && url != null && !url.tls()) {
            complaints.about("url", "certificates are named, and the address is one without TLS; expected rediss://");
        }
        return keys == null && authorities == null
                ? null
                : new Tls(
                        keys == null ? null : new RenewedKeys(keys),
                        authorities == null ? null : new RenewedAuthorities(authorities));
    }

    private @Nullable RenewedFiles<KeyManager[]> pemKeys() {
        Path certificate = redis.certificate();
        Path key = redis.key();
        if (certificate == null || key == null) {
            return null; // of one without the other the settings complain
        }
        boolean isReadable = attempt(
                        "certificate",
                        List.of(certificate),
                        () -> PemFile.read(certificate).certificates())
                != null;
        return isReadable
                ? attempt(
                        "key",
                        List.of(certificate, key),
                        () -> KeyMaterial.keys(
                                        PemFile.read(certificate).certificates(),
                                        PemFile.read(key).privateKey(),
                                        key + " and " + certificate)
                                .getKeyManagers())
                : null;
    }

    private @Nullable RenewedFiles<KeyManager[]> keystore(Path store) {
        Path passwordFile = redis.keystorePasswordFile();
        List<Path> files = passwordFile == null ? List.of(store) : List.of(store, passwordFile);
        return attempt(
                "keystore",
                files,
                () -> KeyMaterial.pkcs12(
                                store,
                                PemFile.bytes(store),
                                passwordFile == null
                                        ? new char[0]
                                        : KeyMaterial.firstLine(passwordFile).toCharArray())
                        .getKeyManagers());
    }

    private @Nullable RenewedFiles<TrustManager[]> authorities() {
        Path pem = redis.ca();
        Path store = redis.trustStore();
        if (pem != null) {
            return attempt(
                    "ca",
                    List.of(pem),
                    () -> KeyMaterial.authorities(PemFile.read(pem).certificates())
                            .getTrustManagers());
        }
        return store == null
                ? null
                : attempt("trust-store", List.of(store), () -> trusted(store, redis.trustStorePassword()));
    }

    private static TrustManager[] trusted(Path file, @Nullable Secret password)
            throws IOException, GeneralSecurityException {
        byte[] bytes = PemFile.bytes(file);
        // The JDK tells PKCS#12 from JKS by itself.
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        try (var in = new ByteArrayInputStream(bytes)) {
            store.load(in, password == null ? null : password.value().toCharArray());
        } catch (IOException e) {
            boolean isPem = new String(bytes, StandardCharsets.ISO_8859_1).contains("-----BEGIN ");
            throw new IOException(file
                    + (isPem
                            ? ": PEM; expected PKCS#12 or JKS here, and PEM in store.redis.ca"
                            : ": neither PKCS#12 nor JKS with this trust-store-password: " + e.getMessage()));
        }
        if (store.size() == 0) {
            throw new IOException(file + ": no certificate that could be read in it");
        }
        return KeyMaterial.authorities(store).getTrustManagers();
    }

    private <T> @Nullable RenewedFiles<T> attempt(String setting, List<Path> files, RenewedFiles.Reading<T> reading) {
        try {
            return new RenewedFiles<>(files, reading);
        } catch (IOException | GeneralSecurityException e) {
            complaints.about(setting, e.getMessage() == null ? e.toString() : e.getMessage());
            return null;
        }
    }

    private static @Nullable String reveal(@Nullable Secret secret) {
        return secret == null ? null : secret.value();
    }

    /** The keys that files hold whenever they are asked for. */
    private static final class RenewedKeys extends KeyManagerFactory {
        RenewedKeys(RenewedFiles<KeyManager[]> keys) {
            super(
                    new KeyManagerFactorySpi() {
                        @Override
                        protected void engineInit(KeyStore store, char[] password) {
                            throw new UnsupportedOperationException("they come from files");
                        }

                        @Override
                        protected void engineInit(ManagerFactoryParameters parameters)
                                throws InvalidAlgorithmParameterException {
                            throw new InvalidAlgorithmParameterException("they come from files");
                        }

                        @Override
                        protected KeyManager[] engineGetKeyManagers() {
                            return keys.now();
                        }
                    },
                    NoProvider.INSTANCE,
                    "files");
        }
    }

    /** The authorities that files hold whenever they are asked for. */
    private static final class RenewedAuthorities extends TrustManagerFactory {
        RenewedAuthorities(RenewedFiles<TrustManager[]> authorities) {
            super(
                    new TrustManagerFactorySpi() {
                        @Override
                        protected void engineInit(@Nullable KeyStore store) {
                            throw new UnsupportedOperationException("they come from files");
                        }

                        @Override
                        protected void engineInit(ManagerFactoryParameters parameters)
                                throws InvalidAlgorithmParameterException {
                            throw new InvalidAlgorithmParameterException("they come from files");
                        }

                        @Override
                        protected TrustManager[] engineGetTrustManagers() {
                            return authorities.now();
                        }
                    },
                    NoProvider.INSTANCE,
                    "files");
        }
    }

    /** A factory is to name a provider. */
    private static final class NoProvider extends Provider {
        private static final long serialVersionUID = 1;
        static final NoProvider INSTANCE = new NoProvider();

        private NoProvider() {
            super("holdfast", "1", "files");
        }
    }
}
