// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * An I/O thread that takes a connection in waits for no other thread. It asked XNIO how many connections there are, who asks the accept
 * thread, listener by listener: 4,600 connections in a second made everybody wait for 0.4 to 0.8 s.
 */
final class AcceptTest {
    private static final int CONNECTIONS = 100;

    private static long waits() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Stream.of(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(thread -> thread.getThreadName().startsWith("holdfast I/O"))
                .mapToLong(thread -> thread.getWaitedCount())
                .sum();
    }

    @Test
    void anIoThreadWaitsForNobodyWhenAConnectionComes() throws Exception {
        List<RawSocketClient> opened = new ArrayList<>();
        try (Server server = Server.silent(Server.QUICK)) {
            InetSocketAddress address = server.tcp();
            opened.add(new RawSocketClient(new Socket(), address));
            server.next();
            long before = waits();
            for (int i = 0; i < CONNECTIONS; i++) {
                opened.add(new RawSocketClient(new Socket(), address));
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                server.next();
            }

            // A few of locks that another thread has for a moment.
            assertThat(waits() - before).isLessThan(CONNECTIONS);
        } finally {
            for (RawSocketClient each : opened) {
                each.close();
            }
        }
    }
}
