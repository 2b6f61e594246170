// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.RedisServers;
import dev.holdfast.gateway.app.StartCheck;
import dev.holdfast.gateway.config.ConfigCheck;
import dev.holdfast.gateway.config.ConfigException;
import dev.holdfast.gateway.config.ConfigLoader;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.binding.ConfigProblem;
import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.gateway.process.Logging;
import dev.holdfast.store.redis.RedisUrl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags that say where the configuration comes from; the same for every command that reads it. */
final class ConfigOptions {
    private static final Pattern PASSWORD =
            Pattern.compile("\\s*store\\.redis\\.(?:(?:sentinel-)?password\\s*=|url\\s*=.*@)");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Configuration, YAML. Also: the variable HOLDFAST_CONFIG.")
    private @Nullable Path file;

    @Option(
            names = "--set",
            paramLabel = "PATH=VALUE",
            description =
                    "A setting, as in limits.max-packet-size=1MiB. Wins over the environment, which wins over the "
                            + "file. Repeatable.")
    private List<String> settings = new ArrayList<>();

    @Option(
            names = "--dev",
            description = "For your own machine: anonymous access, 127.0.0.1 only, any Origin, no rate limits.")
    private boolean dev;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "Address of the MQTT and WebSocket listeners.")
    private @Nullable String host;

    @Option(names = "--tcp-port", paramLabel = "PORT", description = "MQTT over TCP (1883). 0 picks a free port.")
    private @Nullable String tcpPort;

    @Option(names = "--ws-port", paramLabel = "PORT", description = "MQTT over WebSocket (8080), path /mqtt.")
    private @Nullable String wsPort;

    @Option(names = "--admin-port", paramLabel = "PORT", description = "Health and metrics (9080), internal.")
    private @Nullable String adminPort;

    @Option(names = "--redis", paramLabel = "URL", description = "Sessions live in this Redis: redis://host:6379.")
    private @Nullable String redis;

    @Option(
            names = "--redis-password-file",
            paramLabel = "FILE",
            description =
                    "Its first line is the password of Redis, which on a command line every user of the machine sees.")
    private @Nullable String redisPasswordFile;

    private List<String> notices = List.of();

    /**
     * The configuration of all sources.
     *
     * @throws CommandFailure with one line for every problem
     */
    HoldfastConfig load() throws CommandFailure {
        return load(System.getenv());
    }

    /**
     * The configuration of all sources, with which a gateway can start as far as that can be told without opening
     * anything: the files that it names have been read.
     *
     * @throws CommandFailure with one line for every problem
     */
    HoldfastConfig loadToServe() throws CommandFailure {
        // What is asked by the check has loggers, and the first of them would set up the log with its defaults.
        return load(System.getenv(), (config, complaints) -> Logging.configure(config.log()), new StartCheck());
    }

    /**
     * The same once more, for a gateway that runs: the file and what it names may have changed. Starts no log.
     *
     * @throws CommandFailure with one line for every problem
     */
    HoldfastConfig loadAgain() throws CommandFailure {
        return load(System.getenv(), new StartCheck());
    }

    /** What the operator should know of the sources that were read, a line each. */
    List<String> notices() {
        return notices;
    }

    private HoldfastConfig load(Map<String, String> environment, ConfigCheck... further) throws CommandFailure {
        ConfigLoader loader = new ConfigLoader().environment(environment);
        Path chosen = file;
        String fromEnvironment = environment.get("HOLDFAST_CONFIG");
        if (chosen == null && fromEnvironment != null && !fromEnvironment.isEmpty()) {
            chosen = Path.of(fromEnvironment);
        }
        if (chosen != null) {
            loader.file(chosen);
        }
        settings.forEach(loader::set);
        set(loader, "dev", dev ? "true" : null, "--dev");
        set(loader, "listeners.host", host, "--host");
        set(loader, "listeners.tcp-port", tcpPort, "--tcp-port");
        set(loader, "listeners.ws-port", wsPort, "--ws-port");
        set(loader, "listeners.admin-port", adminPort, "--admin-port");
        set(loader, "store.redis.url", redis, "--redis");
        set(loader, "store.redis.password-file", redisPasswordFile, "--redis-password-file");
        try {
            notices = new ArrayList<>(loader.notices());
            if (showsPassword()) {
                notices.add(
                        "the password of Redis stands on the command line, where every user of this machine sees it:"
                                + " --redis-password-file and HOLDFAST_STORE_REDIS_URL keep it to yourself");
            }
            return loader.load(further);
        } catch (ConfigException e) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    e.problems().stream()
                            .map(ConfigProblem::toString)
                            .collect(Collectors.joining(System.lineSeparator())));
        }
    }

    private boolean showsPassword() {
        RedisUrl url = redis == null ? null : RedisServers.address(new Secret(redis));
        return (url != null && url.password() != null && redisPasswordFile == null)
                || settings.stream()
                        .anyMatch(setting -> PASSWORD.matcher(setting).lookingAt());
    }

    private static void set(ConfigLoader loader, String path, @Nullable String value, String flag) {
        if (value != null) {
            loader.set(path, value, flag);
        }
    }
}
