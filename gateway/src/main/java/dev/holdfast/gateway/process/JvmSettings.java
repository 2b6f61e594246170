// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

/**
 * What libraries read from system properties when their classes load; set before any of them does. A property that the
 * operator has set stays.
 */
public final class JvmSettings {
    private static final int FIRST_JAVA_WITHOUT_UNSAFE = 24;

    private JvmSettings() {}

    public static void apply() {
        setUnlessSet("org.jboss.logging.provider", "slf4j");
        // XNIO's threads are not netty's: without this the pooled allocator keeps no cache for them.
        setUnlessSet("io.netty.allocator.useCacheForAllThreads", "true");
        // Else the I/O thread is stopped while the accept thread registers a socket with its selector, once for each
        // connection; selectors have taken registrations from any thread since Java 11.
        setUnlessSet("xnio.nio.thread-safe-selection-keys", "true");
        // A new handshake on an old connection costs the server many times what it costs the client.
        setUnlessSet("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        // Sampling leak records costs on every buffer; the tests run with it, production need not.
        setUnlessSet("io.netty.leakDetection.level", "disabled");
        // From Java 24 on netty goes without sun.misc.Unsafe unless told otherwise, which costs a third of the codec's
        // speed. Told so, the JVM prints one warning, which only its own flag can prevent (gateway/docs/operating.md,
        // "Java 24 and newer").
        if (Runtime.version().feature() >= FIRST_JAVA_WITHOUT_UNSAFE
                && System.getProperty("sun.misc.unsafe.memory.access") == null) {
            setUnlessSet("io.netty.noUnsafe", "false");
        }
    }

    private static void setUnlessSet(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
