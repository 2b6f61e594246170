// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The server under test. */
interface TestGateway extends AutoCloseable {
    int tcpPort();

    int wsPort();

    int adminPort();

    long pid();

    boolean isAlive();

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
        public void close() {}
    }
}
