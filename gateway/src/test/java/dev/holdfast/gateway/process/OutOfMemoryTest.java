// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.HoldfastProcess;
import dev.holdfast.gateway.harness.MqttSocket;
import dev.holdfast.gateway.hooks.LifecycleEvent;
import dev.holdfast.gateway.hooks.LifecycleListener;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway that had run out of memory lost its accept threads and stayed: a supervisor saw a living process, and nobody
 * was served. It ends, with a code and a line.
 */
class OutOfMemoryTest {
    /** What the hoarders keep; never given back. */
    private static final List<byte[]> HOARD = new ArrayList<>();

    @TempDir
    Path directory;

    @Test
    void aThreadThatRunsOutOfMemoryEndsTheProcess() throws Exception {
        assertThatTheProcessEnds(Hoarder.class);
    }

    @Test
    void aHeapThatStaysFullEndsTheProcessThoughTheErrorWasCaught() throws Exception {
        assertThatTheProcessEnds(QuietHoarder.class);
    }

    /**
     * Where classes come from an archive (CDS, AOT) nobody has verified them, and so what a handler of the error names was loaded when
     * the error came: that failed, the handlers with it, and the process stayed.
     */
    @Test
    void aHeapThatStaysFullEndsTheProcessWhereClassesAreNotVerified() throws Exception {
        assertThatTheProcessEnds(QuietHoarder.class, "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote");
    }

    @Test
    void anErrorThatALibraryHasCaughtAndLoggedEndsTheProcess() throws Exception {
        assertThatTheProcessEnds(Logger.class);
    }

    private void assertThatTheProcessEnds(Class<? extends LifecycleListener> listener, String... flags)
            throws Exception {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve(LifecycleListener.class.getName()), listener.getName());
        Map<String, String> options =
                Map.of("JDK_JAVA_OPTIONS", "-Xmx64m -Xbootclasspath/a:" + directory + " " + String.join(" ", flags));
        try (HoldfastProcess gateway = HoldfastProcess.start(
                options, "serve", "--dev", "--tcp-port", "0", "--ws-port", "0", "--admin-port", "0")) {
            URI tcp = URI.create(gateway.line().split(" ")[1]);
            try (MqttSocket client = new MqttSocket(new InetSocketAddress(tcp.getHost(), tcp.getPort()))) {
                client.connect("any", false); // the listener hears of it
                assertThat(gateway.exitCode()).isEqualTo(1);
            }
            assertThat(gateway.err()).contains("holdfast: out of memory. The process ends with code 1. Look at -Xmx");
        }
    }

    /** Allocates until it dies of it. */
    public static final class Hoarder implements LifecycleListener {
        @Override
        public void on(LifecycleEvent event) {
            while (true) {
                HOARD.add(new byte[100_000]);
            }
        }
    }

    /** Allocates until nothing is left, and survives that. */
    public static final class QuietHoarder implements LifecycleListener {
        @Override
        public void on(LifecycleEvent event) {
            for (int size = 100_000; size > 0; size /= 2) {
                try {
                    while (true) {
                        HOARD.add(new byte[size]);
                    }
                } catch (OutOfMemoryError caught) {
                    // as code does that means well
                }
            }
            for (long i = 0; i < Long.MAX_VALUE; i++) {
                try {
                    HOARD.set(0, new byte[60_000 + (int) (i % 10_000)]);
                } catch (OutOfMemoryError caught) {
                    // and again
                }
            }
        }
    }

    /** Logs an error that it has been told of, as libraries do. */
    public static final class Logger implements LifecycleListener {
        @Override
        public void on(LifecycleEvent event) {
            org.slf4j.LoggerFactory.getLogger("some.library")
                    .debug("a task has failed", new IllegalStateException(new OutOfMemoryError("as if")));
        }
    }
}
