// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.auth.KeySetReport;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code jwks check}: whether a JWK set holds keys that the gateway can use. */
@Command(name = "jwks", description = "Looks at JWK sets.", mixinStandardHelpOptions = true)
public final class JwksCommand {
    private static final int FAILURE = 1;

    @Spec
    @Nullable
    CommandSpec spec;

    /** Prints the keys of a set. */
    @Command(
            name = "check",
            description = "Reads a JWK set as the gateway would and lists its keys. Exit code 1 when none is usable.",
            mixinStandardHelpOptions = true)
    int check(
            @Option(names = "--file", description = "a JWK set file") @Nullable Path file,
            @Option(names = "--url", description = "a JWK set over HTTPS") @Nullable URI url,
            @Option(names = "--allow-http", description = "take a URL on this machine without TLS") boolean allowHttp) {
        var commandLine = Objects.requireNonNull(spec).commandLine();
        if ((file == null) == (url == null)) {
            commandLine.getErr().println("one of --file and --url is needed");
            return ExitCode.USAGE;
        }
        KeySetReport report;
        try {
            report = file != null
                    ? KeySetReport.ofFile(file)
                    : KeySetReport.ofUrl(Objects.requireNonNull(url), allowHttp, Duration.ofSeconds(2));
        } catch (IOException e) {
            commandLine.getErr().println("no JWK set: " + e.getMessage());
            return FAILURE;
        }
        boolean usable = false;
        for (KeySetReport.Entry key : report.keys()) {
            usable |= !key.algorithms().isEmpty();
            String fit = key.algorithms().isEmpty() ? "too weak or unknown" : String.join(" ", key.algorithms());
            commandLine.getOut().printf("kid=%s kind=%s bits=%d fit-for=%s%n", key.kid(), key.kind(), key.bits(), fit);
        }
        commandLine.getOut().printf("%d left out%n", report.leftOut());
        return usable ? ExitCode.OK : FAILURE;
    }
}
