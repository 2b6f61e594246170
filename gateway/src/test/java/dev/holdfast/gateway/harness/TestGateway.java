// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** The server under test. */
public interface TestGateway extends AutoCloseable {
    int tcpPort();

    int wsPort();

    int adminPort();

    long pid();

    boolean isAlive();

    /** The file that holds what it says on standard error. */
    Path log();

    /** Whether its log has a line with all of these parts. The log is written behind its back: wait for it. */
    default boolean hasLogged(String... parts) {
        try (Stream<String> lines = Files.lines(log())) {
            return lines.anyMatch(line -> Arrays.stream(parts).allMatch(line::contains));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value of a series at the admin port, named with its tags as it is printed there; 0 if there is none. */
    default double metric(String series) {
        return sum(series + " ");
    }

    /** The sum of all series whose lines begin so at the admin port. */
    default double sum(String beginning) {
        try (InputStream in = URI.create("http://127.0.0.1:" + adminPort() + "/metrics")
                .toURL()
                .openStream()) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return text.lines()
                    .filter(line -> line.startsWith(beginning))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of heap that are in use after a full collection, which this asks its process for. */
    default long liveHeapBytes() {
        try {
            Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
            Process collection = new ProcessBuilder(jcmd.toString(), String.valueOf(pid()), "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(collection.waitFor()).as("jcmd GC.run").isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return (long) sum("jvm_memory_used_bytes{area=\"heap\"");
    }

    /** The resident memory of its process, in bytes. */
    default long residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
            throw new AssertionError("no VmRSS of process " + pid());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    void close();

    /**
     * A server that runs already, named by the system property {@code conformance.against} as
     * {@code tcpPort,wsPort,pid}: shows whether a test means what the field means.
     */
    record Running(int tcpPort, int wsPort, int adminPort, long pid) implements TestGateway {
        static Running parse(String against) {
            String[] parts = against.split(",", -1);
            return new Running(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), 0, Long.parseLong(parts[2]));
        }

        @Override
        public boolean isAlive() {
            return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        }

        @Override
        public Path log() {
            throw new UnsupportedOperationException("its log is not ours");
        }

        @Override
        public void close() {}
    }
}
