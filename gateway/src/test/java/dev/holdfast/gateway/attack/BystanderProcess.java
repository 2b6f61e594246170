// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A {@link Bystander} in a JVM of its own: when those who attack stand still for their own reasons, it does not. */
final class BystanderProcess implements AutoCloseable {
    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    private BystanderProcess(Process process) {
        this.process = process;
        this.in = process.outputWriter(StandardCharsets.UTF_8);
        this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts one, which connects so many clients to a port, and waits until they are there. */
    static BystanderProcess start(int port, int clients, int messagesPerSecond) {
        try {
            List<String> command = List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-Djava.net.preferIPv4Stack=true",
                    "-cp",
                    System.getProperty("java.class.path"),
                    BystanderProcess.class.getName(),
                    Integer.toString(port),
                    Integer.toString(clients),
                    Integer.toString(messagesPerSecond));
            BystanderProcess bystander = new BystanderProcess(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
            bystander.answer();
            return bystander;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@link Bystander#lap}. */
    Bystander.Report lap() {
        try {
            in.write("lap\n");
            in.flush();
            double[] read = Stream.of(answer().split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            return new Bystander.Report(
                    (long) read[0],
                    (long) read[1],
                    read[2],
                    read[3],
                    read[4],
                    (int) read[5],
                    (int) read[6],
                    (int) read[7],
                    read[8],
                    read[9]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String answer() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new AssertionError("the bystander has ended");
        }
        return line;
    }

    /** The program: reads a line and writes a report, until there is none. */
    public static void main(String[] arguments) throws IOException {
        Bystander bystander = Bystander.start(
                Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        System.out.println("ready");
        while (System.in.read() >= 0) {
            while (System.in.read() != '\n') {
                // the rest of the line
            }
            Bystander.Report report = bystander.lap();
            System.out.println(Stream.of(
                            (double) report.sent(),
                            (double) report.lost(),
                            report.p50Millis(),
                            report.p99Millis(),
                            report.maxMillis(),
                            (double) report.cut(),
                            (double) report.connects(),
                            (double) report.refused(),
                            report.slowestConnectMillis(),
                            report.ownStandstillMillis())
                    .map(String::valueOf)
                    .reduce((one, other) -> one + " " + other)
                    .orElseThrow());
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
