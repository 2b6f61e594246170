// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.RedisConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.ConfigProblem;
import dev.holdfast.gateway.config.binding.ProblemList;
import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.store.redis.RedisAccess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisSettings.Durability;
import dev.holdfast.store.redis.RedisSettings.Mode;
import dev.holdfast.store.redis.RedisSettings.Server;
import dev.holdfast.store.redis.RedisUrl;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The Redis section of the configuration as the store wants it. */
public final class RedisServers {
    private static final String URL = "expected redis://[user:password@]host[:port][/database], or rediss:// for TLS";
    private static final String ADDRESS = "expected redis://host:port or rediss://host:port";

    private RedisServers() {}

    /**
     * The settings.
     *
     * @throws CommandFailure with everything that is wrong with them; the message holds no password
     */
    public static RedisSettings settings(RedisConfig redis, Secret url) throws CommandFailure {
        ProblemList problems = new ProblemList();
        RedisSettings settings = settings(redis, url, problems.in("store.redis"));
        if (settings == null || !problems.problems().isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    problems.problems().stream()
                            .map(ConfigProblem::toString)
                            .collect(Collectors.joining(System.lineSeparator())));
        }
        return settings;
    }

    /** Complains of everything for which {@link #settings} would throw; connects to nobody. */
    static void check(RedisConfig redis, Complaints complaints) {
        Secret url = redis.url();
        if (url != null) {
            settings(redis, url, complaints);
        }
    }

    /** The address of Redis, of the first Sentinel or node; null if it is none. */
    public static @Nullable RedisUrl address(Secret url) {
        try {
            return RedisUrl.of(url.value().strip());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable RedisSettings settings(RedisConfig redis, Secret url, Complaints complaints) {
        RedisUrl given = address(url);
        if (given == null) {
            complaints.about("url", URL); // which may hold a password, so it is not repeated
        } else if (redis.mode() == RedisConfig.Mode.CLUSTER && given.database() != 0) {
            complaints.about("url", "a cluster has database 0 only, got " + given.database());
        }
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < redis.addresses().size(); i++) {
            RedisUrl further = address(redis.addresses().get(i));
            if (further == null || further.password() != null || further.database() != 0) {
                complaints.about("addresses[" + i + "]", ADDRESS);
            } else if (given != null && further.tls() != given.tls()) {
                complaints.about(
                        "addresses[" + i + "]",
                        "TLS is for all of them or for none; expected redis or rediss as in url");
            } else {
                addresses.add(further.address());
            }
        }
        RedisAccess access = RedisIdentity.of(redis, given, complaints);
        if (given == null) {
            return null;
        }
        addresses.add(0, given.address());
        Mode mode = switch (redis.mode()) {
            case SINGLE -> Mode.SINGLE;
            case SENTINEL -> Mode.SENTINEL;
            case CLUSTER -> Mode.CLUSTER;
        };
        RedisSettings settings = RedisSettings.of(
                        new Server(mode, addresses, redis.masterName(), given.database(), access))
                .withKeyPrefix(redis.prefix());
        return redis.replicas() > 0 ? settings.withDurability(Durability.replicated(redis.replicas())) : settings;
    }
}
