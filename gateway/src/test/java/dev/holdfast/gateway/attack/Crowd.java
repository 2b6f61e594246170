// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** The clients of an attack: they send what they like, and whatever comes is read and thrown away. */
final class Crowd implements AutoCloseable {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static final int PUBACK = 4;

    private final int port;
    private final List<One> all = new ArrayList<>();

    Crowd(int port) {
        this.port = port;
    }

    int port() {
        return port;
    }

    /** One more, connected with a clean session. */
    One connect() {
        One one = new One();
        one.send(Connect.connect("attack-" + NAMES.incrementAndGet()).keepAlive(0));
        synchronized (all) {
            all.add(one);
        }
        return one;
    }

    List<One> connect(int count) {
        List<One> some = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            some.add(connect());
        }
        return some;
    }

    /** Removes retained messages, of so many topics by number. */
    void clearRetained(int topics, IntFunction<String> name) {
        One one = connect();
        int atOnce = 1_000;
        for (int from = 0; from < topics; from += atOnce) {
            Outgoing[] some = new Outgoing[Math.min(atOnce, topics - from)];
            for (int i = 0; i < some.length; i++) {
                boolean isLast = i == some.length - 1;
                some[i] = Publish.publish(name.apply(from + i), "")
                        .qos(isLast ? 1 : 0)
                        .packetId(isLast ? 1 : 0)
                        .retained();
            }
            one.send(some);
            one.await(PUBACK, from / atOnce + 1);
        }
        one.close();
    }

    @Override
    public void close() {
        synchronized (all) {
            all.forEach(One::close);
        }
    }

    /** One client, written to by one thread. What it is sent is counted by a thread of its own, packet by packet. */
    final class One {
        private final Socket socket;
        private final AtomicInteger[] packets = new AtomicInteger[16];

        private One() {
            for (int i = 0; i < packets.length; i++) {
                packets[i] = new AtomicInteger();
            }
            try {
                socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread reader = new Thread(this::read, "attacker");
            reader.setDaemon(true);
            reader.start();
        }

        /** Sends packets in one write; a gateway that has closed the connection is not told again. */
        boolean send(Outgoing... some) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (Outgoing packet : some) {
                bytes.writeBytes(packet.encode(Version.V3_1_1));
            }
            return send(bytes.toByteArray());
        }

        boolean send(byte[] bytes) {
            try {
                socket.getOutputStream().write(bytes);
                return true;
            } catch (IOException closed) {
                return false;
            }
        }

        /** Waits until so many packets of a type have come since it is there. */
        void await(int type, int count) {
            AtomicInteger come = packets[type];
            synchronized (come) {
                long end = System.nanoTime() + 60_000_000_000L;
                while (come.get() < count && System.nanoTime() - end < 0) {
                    try {
                        come.wait(1_000);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return;
                    }
                }
                if (come.get() < count) {
                    throw new AssertionError(come + " of " + count + " packets of type " + type);
                }
            }
        }

        void close() {
            try {
                socket.close();
            } catch (IOException gone) {
                // then it is closed
            }
        }

        private void read() {
            try (InputStream in = socket.getInputStream()) {
                byte[] buffer = new byte[64 * 1024];
                int left = 0; // of the body of a packet
                int type = -1;
                int length = 0;
                int shift = 0;
                for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                    int at = 0;
                    while (at < count) {
                        if (left > 0) {
                            int taken = Math.min(left, count - at);
                            at += taken;
                            left -= taken;
                        } else if (type < 0) {
                            type = (buffer[at++] >> 4) & 0x0F;
                            length = 0;
                            shift = 0;
                            continue;
                        } else {
                            length |= (buffer[at] & 0x7F) << shift;
                            shift += 7;
                            if (buffer[at++] < 0) {
                                continue;
                            }
                            left = length;
                        }
                        if (left == 0) {
                            come(type);
                            type = -1;
                        }
                    }
                }
            } catch (IOException closed) {
                // so it has been refused, or is over
            }
        }

        private void come(int type) {
            AtomicInteger count = packets[type];
            synchronized (count) {
                count.incrementAndGet();
                count.notifyAll();
            }
        }
    }
}
