// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.Gateway;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.process.Signals;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code holdfast serve}: runs the gateway until a signal ends it. */
@Command(
        name = "serve",
        description = {
            "Runs the gateway.",
            "Prints one line that begins with \"ready\" and the bound addresses when it accepts connections.",
            "SIGTERM or SIGINT ends it cleanly; a second one at once. SIGHUP has it read its configuration again."
        },
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        HoldfastConfig config = options.loadToServe();
        Logger log = LoggerFactory.getLogger(ServeCommand.class); // not before the log has been set up
        options.notices().forEach(log::info);
        CountDownLatch ended = new CountDownLatch(1);
        Signals.onTermination(ended::countDown);
        // Before the start, since a SIGHUP that nobody handles ends the process.
        AtomicReference<@Nullable Gateway> started = new AtomicReference<>();
        Signals.onHangUp(() -> reload(started.get()));
        try (Gateway gateway = Gateway.start(config)) {
            gateway.configuredBy(options::loadAgain);
            started.set(gateway);
            spec.commandLine().getOut().println(gateway.ready());
            spec.commandLine().getOut().flush();
            ended.await();
        }
        return 0;
    }

    private static void reload(@Nullable Gateway gateway) {
        if (gateway == null) {
            return; // it is reading its configuration
        }
        try {
            gateway.reload();
        } catch (CommandFailure alreadyTold) {
            // by the gateway, in its log
        }
    }
}
