// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion bash|zsh}: what a shell needs to complete commands and flags. */
@Command(
        name = "completion",
        description = {
            "Prints what a shell needs to complete the commands and flags of a program called \"holdfast\".",
            "bash: source <(holdfast completion bash); zsh: source <(holdfast completion zsh)"
        },
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {
    @Parameters(paramLabel = "bash|zsh", description = "The shell.")
    private Shell shell = Shell.BASH;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    /** A shell. */
    enum Shell {
        /** GNU bash. */
        BASH,
        /** zsh, which runs the same script by its bashcompinit. */
        ZSH
    }

    @Override
    public Integer call() {
        // This command line knows this command alone.
        String script = AutoComplete.bash("holdfast", Main.commandLine());
        // One script for both: it has zsh load what it needs.
        spec.commandLine()
                .getOut()
                .println("# source <(holdfast completion " + shell.name().toLowerCase(Locale.ROOT) + ")");
        spec.commandLine().getOut().print(script);
        spec.commandLine().getOut().flush();
        return ExitCode.OK;
    }
}
