// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.DurationOption;
import dev.holdfast.gateway.cli.terminal.Words;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sub}: subscribes as a client does and prints what comes. */
@Command(
        name = "sub",
        description = {
            "Subscribes over MQTT, as a client does, and prints each message on a line.",
            "Exit code 0 done, 1 the connection has ended, 2 wrongly asked, 3 refused, 4 not in time (--count with --wait)."
        },
        mixinStandardHelpOptions = true)
public final class SubCommand implements Callable<Integer> {
    private static final long FOREVER_NANOS = Long.MAX_VALUE / 2;

    @Option(
            names = {"-t", "--topic"},
            required = true,
            paramLabel = "FILTER",
            description = "A topic filter, quoted; may be repeated.")
    private List<String> filters = new ArrayList<>();

    @Option(
            names = {"-q", "--qos"},
            paramLabel = "0|1|2",
            defaultValue = "1",
            description = "The most that is asked for (default ${DEFAULT-VALUE}).")
    private int qos;

    @Option(
            names = {"-C", "--count"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Ends after so many messages.")
    private long count;

    @Option(
            names = {"-W", "--wait"},
            paramLabel = "TIME",
            converter = DurationOption.class,
            description = "Ends after so long.")
    private @Nullable Duration wait;

    @Option(
            names = "--session-expiry",
            paramLabel = "TIME",
            converter = DurationOption.class,
            defaultValue = "0s",
            description =
                    "Keeps the session so long when this ends, and resumes it if it is there (MQTT 3.1.1: for as long as the "
                            + "gateway does); needs --id.")
    private Duration sessionExpiry = Duration.ZERO;

    @Option(
            names = {"-v", "--verbose"},
            description = "With the topic before each message.")
    private boolean isVerbose;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json|raw",
            defaultValue = "text",
            description =
                    "text: escaped; json: one object a line, with properties; raw: the bytes and a line end (default "
                            + "${DEFAULT-VALUE}).")
    private Form output = Form.TEXT;

    @Mixin
    private final ClientOptions client = new ClientOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    /** How messages are printed. */
    enum Form {
        /** For people: escaped. */
        TEXT,
        /** For programs. */
        JSON,
        /** As they came. */
        RAW;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What has come; empty for the end of the connection. */
    private final BlockingQueue<Optional<ClientMessage>> messages = new LinkedBlockingQueue<>();

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        if (qos < 0 || qos > 2) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --qos: expected 0, 1 or 2, got " + qos);
        }
        Login login = client.login("sub");
        if (!sessionExpiry.isZero()) {
            if (client.clientId == null) {
                throw new CommandFailure(
                        CommandFailure.USAGE,
                        "holdfast: --session-expiry needs --id: by which name the " + "session is found again");
            }
            login = login.keeping(false, sessionExpiry);
        }
        long untilNanos = System.nanoTime() + (wait == null ? FOREVER_NANOS : wait.toNanos());
        try (ClientSession session = ClientSession.open(login, message -> messages.add(Optional.of(message)))) {
            session.connection().ended().thenRun(() -> messages.add(Optional.empty()));
            session.await(session.connection().subscribe(filters, qos));
            return print(session, untilNanos);
        }
    }

    private int print(ClientSession session, long untilNanos) throws CommandFailure, InterruptedException {
        MessageLine line = new MessageLine(output, isVerbose);
        long printed = 0;
        while (count == 0 || printed < count) {
            Optional<ClientMessage> next = messages.poll(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                if (count > 0) {
                    throw new CommandFailure(
                            CommandFailure.TIMED_OUT,
                            "holdfast: " + printed + " of " + Words.count(count, "message") + " in time (--wait)");
                }
                return ExitCode.OK;
            }
            if (next.isEmpty()) {
                throw CommandFailure.failed(session.connection().ended().join());
            }
            print(line.of(next.get()));
            printed++;
        }
        return ExitCode.OK;
    }

    private void print(byte[] line) throws CommandFailure {
        if (output != Form.RAW) {
            spec.commandLine().getOut().println(new String(line, StandardCharsets.UTF_8));
            spec.commandLine().getOut().flush();
            return;
        }
        PrintStream out = System.out;
        try {
            out.write(line);
        } catch (IOException e) {
            throw CommandFailure.failed("standard output cannot be written", e);
        }
        out.println();
        if (out.checkError()) {
            throw CommandFailure.failed("standard output is closed");
        }
    }
}
