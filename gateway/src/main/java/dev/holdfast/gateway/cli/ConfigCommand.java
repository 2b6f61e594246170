// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.config.ConfigDoc;
import dev.holdfast.gateway.config.ConfigPage;
import dev.holdfast.gateway.config.ConfigText;
import dev.holdfast.gateway.config.HoldfastConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code holdfast config doc|default|print}. */
@Command(
        name = "config",
        description = "Tells about the settings.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
final class ConfigCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    @Command(
            name = "doc",
            description = "Prints every setting: its default, what is allowed, what it does.",
            mixinStandardHelpOptions = true)
    int doc(@Option(names = "--markdown", description = "As the page of the documentation.") boolean isMarkdown) {
        return print(isMarkdown ? ConfigPage.text() : ConfigDoc.text());
    }

    @Command(
            name = "default",
            description = "Prints a commented configuration file with all defaults.",
            mixinStandardHelpOptions = true)
    int defaults() {
        return print(ConfigText.documented(HoldfastConfig.defaults()));
    }

    @Command(
            name = "print",
            description = "Prints the configuration that \"serve\" would use with these flags, secrets masked.",
            mixinStandardHelpOptions = true)
    int print(@Mixin ConfigOptions options) throws CommandFailure {
        return print(ConfigText.plain(options.load()));
    }

    private int print(String text) {
        spec.commandLine().getOut().print(text);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
