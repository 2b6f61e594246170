// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * The clients of an attack: they send what they like, and whatever comes is read by one thread and thrown away. Thousands of threads
 * that read would take the processor from the gateway and from the bystander, as clients on machines of their own do not.
 */
final class Crowd implements AutoCloseable {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static final int PUBACK = 4;

    private final int port;
    private final Selector selector;
    private final List<One> all = new ArrayList<>();

    Crowd(int port) {
        this.port = port;
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, "attackers");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
        try {
            while (selector.isOpen()) {
                selector.select(key -> ((One) key.attachment()).ready(buffer));
            }
        } catch (IOException | ClosedSelectorException over) {
            // so nobody reads any more
        }
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
        try {
            selector.close();
        } catch (IOException gone) {
            // then it is closed
        }
    }

    /** One client, written to by one thread. What it is sent is counted, packet by packet. */
    final class One {
        /** As long as the kernel takes no more. */
        private static final long PAUSE_NANOS = 200_000;

        private final SocketChannel channel;
        private final AtomicInteger[] packets = new AtomicInteger[16];

        // Of the thread that reads.
        private int left; // of the body of a packet
        private int type = -1;
        private int length;
        private int shift;

        private One() {
            for (int i = 0; i < packets.length; i++) {
                packets[i] = new AtomicInteger();
            }
            try {
                channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, this);
                selector.wakeup(); // a selector that is asleep does not see a key that comes
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Sends packets together; a gateway that has closed the connection is not told again. */
        boolean send(Outgoing... some) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (Outgoing packet : some) {
                bytes.writeBytes(packet.encode(Version.V3_1_1));
            }
            return send(bytes.toByteArray());
        }

        boolean send(byte[] bytes) {
            try {
                ByteBuffer out = ByteBuffer.wrap(bytes);
                while (out.hasRemaining()) {
                    if (channel.write(out) == 0) {
                        LockSupport.parkNanos(PAUSE_NANOS);
                    }
                }
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
                channel.close();
            } catch (IOException gone) {
                // then it is closed
            }
        }

        private void ready(ByteBuffer buffer) {
            try {
                buffer.clear();
                if (channel.read(buffer) < 0) {
                    close();
                    return;
                }
                take(buffer.flip());
            } catch (IOException closed) {
                close(); // so it has been refused, or is over
            }
        }

        private void take(ByteBuffer some) {
            while (some.hasRemaining()) {
                if (left > 0) {
                    int taken = Math.min(left, some.remaining());
                    some.position(some.position() + taken);
                    left -= taken;
                } else if (type < 0) {
                    type = (some.get() >> 4) & 0x0F;
                    length = 0;
                    shift = 0;
                    continue;
                } else {
                    int next = some.get();
                    length |= (next & 0x7F) << shift;
                    shift += 7;
                    if (next < 0) {
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

        private void come(int which) {
            AtomicInteger count = packets[which];
            synchronized (count) {
                count.incrementAndGet();
                count.notifyAll();
            }
        }
    }
}
