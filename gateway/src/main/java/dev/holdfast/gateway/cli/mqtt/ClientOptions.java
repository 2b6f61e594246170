// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.DurationOption;
import dev.holdfast.gateway.cli.terminal.SecretText;
import dev.holdfast.gateway.cli.terminal.Trust;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where a client of the command line connects, and as whom: the same flags for every command that is one. */
public final class ClientOptions {
    private static final Duration LONGEST_KEEP_ALIVE = Duration.ofSeconds(65_535);
    private static final SecureRandom RANDOM = new SecureRandom();

    @Option(
            names = "--url",
            paramLabel = "URL",
            converter = UrlConverter.class,
            defaultValue = "${env:HOLDFAST_CLI_URL:-mqtt://127.0.0.1:1883}",
            description =
                    "mqtt://, mqtts://, ws:// or wss:// (default ${DEFAULT-VALUE}; the path of a WebSocket is /mqtt). Also: "
                            + "the variable HOLDFAST_CLI_URL.")
    BrokerUrl url = BrokerUrl.parse("mqtt://127.0.0.1:1883");

    @Option(
            names = "--mqtt-version",
            paramLabel = "5|3.1.1",
            defaultValue = "5",
            converter = VersionConverter.class,
            description = "The version of MQTT (default ${DEFAULT-VALUE}).")
    Version version = Version.V5;

    @Option(
            names = {"-i", "--id"},
            paramLabel = "CLIENT",
            description = "The client identifier (default: one that is made up).")
    @Nullable
    String clientId;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "NAME",
            description = "The user name; not needed with a token.")
    @Nullable
    String user;

    @Option(
            names = {"--token-file", "--password-file"},
            paramLabel = "FILE",
            description =
                    "Its first line is the CONNECT password: a token (JWT), as a rule. Else the variable HOLDFAST_CLI_TOKEN, "
                            + "or the file that HOLDFAST_CLI_TOKEN_FILE names.")
    @Nullable
    Path tokenFile;

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            description = "Certificates (PEM) of who may vouch for the gateway, instead of those of Java.")
    @Nullable
    Path authorities;

    @Option(names = "--cert", paramLabel = "FILE", description = "The client's own certificate (PEM), with --key.")
    @Nullable
    Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "Its private key (PEM).")
    @Nullable
    Path key;

    @Option(
            names = "--keep-alive",
            paramLabel = "TIME",
            converter = DurationOption.class,
            defaultValue = "60s",
            description = "Keep alive (default ${DEFAULT-VALUE}).")
    Duration keepAlive = Duration.ofSeconds(60);

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = DurationOption.class,
            defaultValue = "10s",
            description = "How long connecting, and each answer, may take (default ${DEFAULT-VALUE}).")
    Duration patience = Duration.ofSeconds(10);

    /**
     * Who connects where, with a session that ends with its connection.
     *
     * @param kind a part of the identifier that is made up if none is given
     * @throws CommandFailure when a file that is named cannot be used
     */
    public Login login(String kind) throws CommandFailure {
        if (keepAlive.compareTo(LONGEST_KEEP_ALIVE) > 0) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --keep-alive: expected 18h or less");
        }
        SSLContext tls = Trust.of(authorities, certificate, key);
        return new Login(
                url,
                version == Version.V5,
                clientId == null ? "holdfast-" + kind + "-" + random() : clientId,
                user,
                token(System.getenv()),
                tls,
                keepAlive,
                patience,
                true,
                Duration.ZERO);
    }

    /** How long an answer may take. */
    public Duration patience() {
        return patience;
    }

    /** Eight hexadecimal digits. */
    public static String random() {
        return HexFormat.of().toHexDigits(RANDOM.nextInt());
    }

    @Nullable
    String token(Map<String, String> environment) throws CommandFailure {
        return SecretText.find(
                tokenFile,
                "--token-file",
                environment,
                List.of("HOLDFAST_CLI_TOKEN"),
                List.of("HOLDFAST_CLI_TOKEN_FILE"));
    }

    /** Reads the address. */
    static final class UrlConverter implements ITypeConverter<BrokerUrl> {
        @Override
        public BrokerUrl convert(String text) {
            try {
                return BrokerUrl.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    /** A version of MQTT. Not a boolean, which picocli would take for a flag without a value. */
    enum Version {
        /** 5.0. */
        V5,
        /** 3.1.1. */
        V3_1_1
    }

    /** Reads the version. */
    static final class VersionConverter implements ITypeConverter<Version> {
        @Override
        public Version convert(String text) {
            return switch (text) {
                case "5", "5.0" -> Version.V5;
                case "3", "3.1.1", "4" -> Version.V3_1_1;
                default -> throw new TypeConversionException("expected 5 or 3.1.1, got " + text);
            };
        }
    }
}
