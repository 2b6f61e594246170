// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.Complaints;
import dev.holdfast.gateway.config.Problem;
import dev.holdfast.gateway.config.ProblemList;
import dev.holdfast.gateway.config.RedisConfig;
import dev.holdfast.gateway.config.Secret;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisSettings.Durability;
import dev.holdfast.store.redis.RedisSettings.Mode;
import dev.holdfast.store.redis.RedisSettings.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The Redis section of the configuration as the store wants it. */
final class RedisServers {
    private static final String URL = "expected redis://[user:password@]host[:port][/database], or rediss:// for TLS";
    private static final String ADDRESS = "expected redis://host:port or rediss://host:port";

    private RedisServers() {}

    /**
     * The settings.
     *
     * @throws CommandFailure with everything that is wrong with them; the message holds no password
     */
    static RedisSettings settings(RedisConfig redis, Secret url) throws CommandFailure {
        ProblemList problems = new ProblemList();
        RedisSettings given = check(redis, url, problems.in("store.redis"));
        if (given == null || !problems.problems().isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    problems.problems().stream()
                            .map(Problem::toString)
                            .collect(Collectors.joining(System.lineSeparator())));
        }
        List<String> addresses = new ArrayList<>(given.server().addresses());
        redis.addresses().forEach(address -> addresses.add(address.value()));
        Server server = new Server(
                switch (redis.mode()) {
                    case SINGLE -> Mode.SINGLE;
                    case SENTINEL -> Mode.SENTINEL;
                    case CLUSTER -> Mode.CLUSTER;
                },
                addresses,
                redis.masterName(),
                given.server().username(),
                given.server().password(),
                reveal(redis.sentinelPassword()),
                given.server().database(),
                redis.trustStore(),
                reveal(redis.trustStorePassword()));
        RedisSettings settings = RedisSettings.of(server).withKeyPrefix(redis.prefix());
        return redis.replicas() > 0 ? settings.withDurability(Durability.replicated(redis.replicas())) : settings;
    }

    /** Complains of everything for which {@link #settings} would throw; connects to nobody. */
    static void check(RedisConfig redis, Complaints complaints) {
        Secret url = redis.url();
        if (url != null) {
            check(redis, url, complaints);
        }
    }

    private static @Nullable RedisSettings check(RedisConfig redis, Secret url, Complaints complaints) {
        RedisSettings given = read(url.value());
        if (given == null) {
            complaints.about("url", URL); // which may hold a password, so it is not repeated
        } else if (redis.mode() == RedisConfig.Mode.CLUSTER && given.server().database() != 0) {
            complaints.about(
                    "url",
                    "a cluster has database 0 only, got " + given.server().database());
        }
        for (int i = 0; i < redis.addresses().size(); i++) {
            RedisSettings further = read(redis.addresses().get(i).value());
            if (further == null || further.server().password() != null) {
                complaints.about("addresses[" + i + "]", ADDRESS);
            }
        }
        Path trustStore = redis.trustStore();
        String unusable = trustStore == null ? null : objection(trustStore, redis.trustStorePassword());
        if (unusable != null) {
            complaints.about("trust-store", unusable);
        }
        return given;
    }

    private static @Nullable RedisSettings read(String url) {
        try {
            RedisSettings settings = RedisSettings.of(url);
            String address = settings.server().addresses().get(0);
            int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            return port >= 1 && port <= 65_535 && settings.server().database() >= 0 ? settings : null;
        } catch (IllegalArgumentException neither) {
            return null;
        }
    }

    /** Why a key store with authorities cannot be used, or null. */
    private static @Nullable String objection(Path trustStore, @Nullable Secret password) {
        if (!Files.isReadable(trustStore)) {
            return trustStore + ": cannot be read: "
                    + (Files.exists(trustStore) ? "permission denied" : "no such file");
        }
        try {
            // The JDK tells PKCS#12 from JKS by itself.
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            try (var in = Files.newInputStream(trustStore)) {
                store.load(in, password == null ? null : password.value().toCharArray());
            }
            return store.size() == 0 ? trustStore + ": no certificate that could be read in it" : null;
        } catch (IOException | GeneralSecurityException e) {
            return trustStore + ": neither PKCS#12 nor JKS with this trust-store-password: " + e.getMessage();
        }
    }

    private static @Nullable String reveal(@Nullable Secret secret) {
        return secret == null ? null : secret.value();
    }
}
