// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/**
 * What has happened, in order, written to a file as it happens: memory does not grow with it, and a run that failed can
 * be looked at and checked again. Any thread.
 */
public final class History implements AutoCloseable {
    private final long beganAt = System.nanoTime();
    private final Path file;
    private final BufferedWriter out;
    private long count;

    private History(Path file) throws IOException {
        this.file = file;
        this.out = Files.newBufferedWriter(file);
    }

    /** A history in a new file under target. */
    public static History begin(String name) {
        try {
            Path directory = Files.createDirectories(Path.of("target", "fault"));
            return new History(Files.createTempFile(directory, name + "-", ".history"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes down what is made with the time it is now. */
    public synchronized void add(LongFunction<Event> event) {
        try {
            out.write(EventLine.write(event.apply(now())));
            out.newLine();
            count++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The time, in milliseconds since it began. */
    public long now() {
        return (System.nanoTime() - beganAt) / 1_000_000;
    }

    public Path file() {
        return file;
    }

    public synchronized long count() {
        return count;
    }

    /** What the checker says of it so far. */
    public synchronized List<String> violations() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return violations(file);
    }

    /** Whether something has not come that may still come. */
    public boolean isOwedSomething() {
        return violations().stream()
                .anyMatch(one -> one.startsWith("I1 ") || one.startsWith("I15 ") || one.contains("never came"));
    }

    /** What the checker says of a history that was written before. */
    public static List<String> violations(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return Checker.check(lines.map(EventLine::read));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
