// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.doctor.Examination;
import dev.holdfast.gateway.cli.doctor.Finding;
import dev.holdfast.gateway.cli.doctor.Finding.Status;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import dev.holdfast.gateway.cli.terminal.Words;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code doctor}: looks at all that a gateway needs, and says what to do where something is wrong. */
@Command(
        name = "doctor",
        description = {
            "Looks at what a gateway with this configuration needs: this machine, Redis, certificates, keys of tokens, proxies. "
                    + "Changes nothing; a gateway may run meanwhile.",
            "Exit code 0 no \"fail\", 1 some, 2 the configuration cannot be used."
        },
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    private static final int CHECK_WIDTH = 18;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            defaultValue = "table",
            description = "table: for people; json: for programs (default ${DEFAULT-VALUE}).")
    private OutputFormat output = OutputFormat.TABLE;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    @Override
    public Integer call() {
        try {
            List<Finding> findings = new Examination(options.loadToServe(), Clock.systemUTC()).run();
            print(findings);
            return findings.stream().anyMatch(each -> each.status() == Status.FAIL)
                    ? CommandFailure.FAILED
                    : ExitCode.OK;
        } catch (CommandFailure e) {
            print(String.valueOf(e.getMessage()).lines().map(Finding::unusable).toList());
            return e.exitCode();
        }
    }

    private void print(List<Finding> findings) {
        PrintWriter out = spec.commandLine().getOut();
        if (output == OutputFormat.JSON) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            ArrayNode all = json.putArray("checks");
            findings.forEach(each -> all.addObject()
                    .put("status", each.status().toString())
                    .put("check", each.check())
                    .put("detail", each.detail())
                    .put("advice", each.advice()));
            OutputFormat.print(json, out);
            return;
        }
        int width =
                findings.stream().mapToInt(each -> each.check().length()).max().orElse(CHECK_WIDTH);
        for (Finding each : findings) {
            String check = Words.escaped(each.check());
            out.println(each.status() + " ".repeat(6 - each.status().toString().length()) + check
                    + " ".repeat(Math.max(0, width - check.length())) + "  " + Words.escaped(each.detail()));
            if (!each.advice().isEmpty()) {
                out.println(" ".repeat(8 + width) + "-> " + Words.escaped(each.advice()));
            }
        }
        out.flush();
    }
}
