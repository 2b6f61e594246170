// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.auth.keys.KeySetReport;
import dev.holdfast.gateway.cli.terminal.UrlOption;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
            description = "Reads a JWK set as the gateway would and lists its keys. Exit code 1 when none is usable, "
                    + "2 wrongly asked.",
            mixinStandardHelpOptions = true)
    int check(
            @Option(names = "--file", description = "a JWK set file") @Nullable Path file,
            @Option(names = "--url", converter = UrlOption.class, description = "a JWK set over HTTPS") @Nullable
                    URI url,
            @Option(names = "--allow-http", description = "take a URL on this machine without TLS") boolean allowHttp) {
        var commandLine = Objects.requireNonNull(spec).commandLine();
        if ((file == null) == (url == null)) {
            throw wrongly("one of --file and --url is needed");
        }
        String objection = url == null ? null : KeySetReport.objection(url, allowHttp);
        if (objection != null) {
            throw wrongly("--url " + objection);
        }
        KeySetReport report;
        try {
            report = file != null
                    ? KeySetReport.ofFile(file)
                    : KeySetReport.ofUrl(Objects.requireNonNull(url), allowHttp, Duration.ofSeconds(2));
        } catch (IOException e) {
            if (file != null && !Files.isReadable(file)) {
                commandLine
                        .getErr()
                        .println("holdfast: " + file + ": " + (Files.exists(file) ? "cannot be read" : "no such file"));
                return CommandFailure.USAGE;
            }
            commandLine
                    .getErr()
                    .println("holdfast: no JWK set at " + (file != null ? file : url) + ": " + e.getMessage());
            return FAILURE;
        }
        return print(report, commandLine);
    }

    private ParameterException wrongly(String message) {
        return new ParameterException(
                Objects.requireNonNull(spec).commandLine().getSubcommands().get("check"), message);
    }

    private static int print(KeySetReport report, CommandLine commandLine) {
        boolean usable = false;
        for (KeySetReport.Entry key : report.keys()) {
            usable |= !key.algorithms().isEmpty();
            String fit =
                    key.algorithms().isEmpty() ? "nothing: too weak or unknown" : String.join(" ", key.algorithms());
            String bits = key.bits() == 0 ? "" : " " + key.bits() + " bits";
            String kid = key.kid() == null ? "(no kid)" : key.kid();
            commandLine.getOut().printf("%s: %s%s, fit for %s%n", kid, key.kind(), bits, fit);
        }
        if (report.leftOut() > 0) {
            commandLine
                    .getOut()
                    .printf("%d left out: for encryption, secret, broken or of an unknown kind%n", report.leftOut());
        }
        if (!usable) {
            commandLine.getOut().println("no usable key");
        }
        return usable ? ExitCode.OK : FAILURE;
    }
}
