// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.Gateway;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.process.Signals;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
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
    private static final Duration START_PATIENCE = Duration.ofSeconds(1);

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailure {
        HoldfastConfig config = options.loadToServe();
        Logger log = LoggerFactory.getLogger(ServeCommand.class); // not before the log has been set up
        options.notices().forEach(log::info);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<@Nullable Gateway> started = new AtomicReference<>();
        Thread starting = Thread.currentThread();
        AtomicBoolean isEnding = new AtomicBoolean();
        Signals.onTermination(() -> {
            isEnding.set(true);
            if (started.get() == null) {
                log.info("Ending before the start is over");
                giveUp(starting, started);
            }
            ended.countDown();
        });
        // Before the start, since a SIGHUP that nobody handles ends the process.
        Signals.onHangUp(() -> reload(started.get()));
        try (Gateway gateway = Gateway.start(config)) {
            gateway.configuredBy(options::loadAgain);
            started.set(gateway);
            spec.commandLine().getOut().println(gateway.ready());
            spec.commandLine().getOut().flush();
            awaitEnd(ended);
        } catch (CommandFailure | RuntimeException e) {
            if (!isEnding.get() || !isInterruption(e)) {
                throw e;
            }
            log.debug("the start was given up", e);
        }
        return 0;
    }

    /** Whether a failure comes from the interruption by {@link #giveUp}, and not from something that went wrong in the same moment. */
    static boolean isInterruption(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException || cause instanceof ClosedByInterruptException) {
                return true;
            }
        }
        return false;
    }

    /** Ends a start that waits for something. Where that cannot be interrupted nothing is lost by leaving at once: the doors open last. */
    private static void giveUp(Thread starting, AtomicReference<@Nullable Gateway> started) {
        starting.interrupt();
        Thread patience = new Thread(
                () -> {
                    LockSupport.parkNanos(START_PATIENCE.toNanos());
                    if (started.get() == null) {
                        Runtime.getRuntime().halt(0);
                    }
                },
                "holdfast-give-up");
        patience.setDaemon(true);
        patience.start();
    }

    /** A signal that came when the start had just succeeded has interrupted this thread for nothing. */
    private static void awaitEnd(CountDownLatch ended) {
        while (true) {
            try {
                ended.await();
                Thread.interrupted();
                return;
            } catch (InterruptedException e) {
                // It looks again.
            }
        }
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
