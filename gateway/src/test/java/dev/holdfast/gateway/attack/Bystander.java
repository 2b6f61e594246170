// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clients that behave: each publishes to the next one at QoS 1, so many messages a second all together, and once a second a
 * further one connects. One thread with a selector; it notes when what it has sent comes back.
 */
final class Bystander implements AutoCloseable {
    private static final int PAYLOAD_BYTES = 64;
    private static final int HEADER_BYTES = 2;
    private static final long CONNECT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final int port;
    private final long gapNanos;
    private final Selector selector;
    private final List<Client> clients = new ArrayList<>();
    private final Thread thread;
    private volatile boolean isEnding;
    private volatile boolean isWarm;
    private volatile @Nullable CompletableFuture<Report> lap;

    // Of the thread until it has ended.
    private final List<Long> latencies = new ArrayList<>();
    private final List<Long> connects = new ArrayList<>();
    private long sent;
    private long delivered;
    private int cut;
    private int refused;
    private long longestTurnNanos;

    /**
     * What they have noticed.
     *
     * @param lost messages that never came
     * @param cut connections that the gateway has ended
     * @param refused CONNECTs that were not accepted within 20 s
     * @param ownStandstillMillis the longest time in which its own thread did not come to look: what came meanwhile counts as late
     */
    record Report(
            long sent,
            long lost,
            double p50Millis,
            double p99Millis,
            double maxMillis,
            int cut,
            int connects,
            int refused,
            double slowestConnectMillis,
            double ownStandstillMillis) {
        /** As the cells of a row of a table. */
        String cells() {
            return String.format(
                    Locale.ROOT,
                    "%.1f, %.1f, %.0f | %.0f | %d of %d | %.0f ms%s",
                    p50Millis,
                    p99Millis,
                    maxMillis,
                    ownStandstillMillis,
                    lost,
                    sent,
                    slowestConnectMillis,
                    cut + refused == 0 ? "" : ", " + cut + " cut, " + refused + " refused");
        }
    }

    private Bystander(int port, int count, int perSecond) throws IOException {
        this.port = port;
        this.gapNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.selector = Selector.open();
        for (int i = 0; i < count; i++) {
            clients.add(new Client(i));
        }
        for (Client client : clients) {
            client.open();
        }
        this.thread = new Thread(this::run, "bystander");
        thread.setDaemon(true);
    }

    /** Connects so many clients, which publish so many messages a second together. */
    static Bystander start(int port, int clients, int messagesPerSecond) {
        try {
            Bystander bystander = new Bystander(port, clients, messagesPerSecond);
            bystander.thread.start();
            return bystander;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it has noticed until now is forgotten: the gateway has been compiled. */
    void warm() {
        isWarm = true;
    }

    /** Ends, when what is under way has come or 20 s are over. */
    Report end() {
        isEnding = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return report();
    }

    /** What it has noticed since the lap before; when what is under way has come or 20 s are over. It goes on meanwhile. */
    Report lap() {
        CompletableFuture<Report> asked = new CompletableFuture<>();
        lap = asked;
        return asked.join();
    }

    /** Begins anew; on the thread. */
    private void endLap(CompletableFuture<Report> asked) {
        lap = null;
        asked.complete(report());
        latencies.clear();
        connects.clear();
        sent = 0;
        delivered = 0;
        cut = 0;
        refused = 0;
        longestTurnNanos = 0;
    }

    private Report report() {
        long[] sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
        long slowest = connects.stream().mapToLong(Long::longValue).max().orElse(0);
        return new Report(
                sent,
                sent - delivered,
                millis(sorted, 0.5),
                millis(sorted, 0.99),
                millis(sorted, 1),
                cut,
                connects.size(),
                refused,
                slowest / 1e6,
                longestTurnNanos / 1e6);
    }

    private static double millis(long[] sorted, double share) {
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length))] / 1e6;
    }

    @Override
    public void close() {
        isEnding = true;
        thread.interrupt();
    }

    // ---- the thread

    private void run() {
        try (selector) {
            List<Newcomer> newcomers = new ArrayList<>();
            long nextMessage = System.nanoTime();
            long nextConnect = nextMessage;
            int next = 0;
            long deadline = Long.MAX_VALUE;
            long lapDeadline = Long.MAX_VALUE;
            long turn = System.nanoTime();
            while (delivered < sent || !newcomers.isEmpty() || !isEnding) {
                long now = System.nanoTime();
                longestTurnNanos = Math.max(longestTurnNanos, now - turn);
                turn = now;
                if (isEnding && deadline == Long.MAX_VALUE) {
                    deadline = now + PATIENCE_NANOS;
                }
                if (Thread.interrupted() || now > deadline) {
                    break;
                }
                if (isWarm) {
                    isWarm = false;
                    latencies.clear();
                    connects.clear();
                    longestTurnNanos = 0;
                }
                CompletableFuture<Report> asked = lap;
                if (asked == null) {
                    lapDeadline = now + PATIENCE_NANOS;
                } else if ((delivered >= sent && newcomers.isEmpty()) || now > lapDeadline) {
                    endLap(asked);
                    nextMessage = now;
                    asked = null;
                }
                boolean isHolding = isEnding || asked != null;
                while (!isHolding && nextMessage <= now) {
                    clients.get(next++ % clients.size()).publish(nextMessage);
                    nextMessage += gapNanos;
                }
                if (!isHolding && nextConnect <= now) {
                    newcomers.add(new Newcomer());
                    nextConnect = now + CONNECT_EVERY_NANOS;
                }
                newcomers.removeIf(each -> each.isOver(System.nanoTime()));
                selector.select(key -> ((Receiver) key.attachment()).ready(), 1);
            }
            for (Newcomer newcomer : newcomers) {
                refused++;
                newcomer.leave();
            }
            for (Client client : clients) {
                client.leave();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A connection of which the selector knows. */
    private abstract class Receiver {
        final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocate(16 * 1024);

        Receiver() throws IOException {
            channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }

        /** Takes one whole packet. */
        abstract void packet(int type, ByteBuffer body);

        abstract void ended();

        void listen() throws IOException {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        void ready() {
            try {
                if (channel.read(in) < 0) {
                    leave();
                    ended();
                    return;
                }
            } catch (IOException reset) {
                leave();
                ended();
                return;
            }
            in.flip();
            // All that comes is shorter than 128 bytes.
            while (in.remaining() >= HEADER_BYTES && in.remaining() >= HEADER_BYTES + in.get(in.position() + 1)) {
                int type = (in.get() >> 4) & 0x0F;
                int length = in.get();
                packet(type, in.slice(in.position(), length));
                in.position(in.position() + length);
            }
            in.compact();
        }

        boolean send(byte[] packet) {
            try {
                ByteBuffer out = ByteBuffer.wrap(packet);
                while (out.hasRemaining()) {
                    channel.write(out);
                }
                return true;
            } catch (IOException closed) {
                return false;
            }
        }

        void leave() {
            try {
                channel.close();
            } catch (IOException gone) {
                // then it is closed
            }
        }
    }

    /** One of those that stay. */
    private final class Client extends Receiver {
        private final int number;
        private int packetId;

        Client(int number) throws IOException {
            this.number = number;
        }

        /** Connects and subscribes, blocking. */
        void open() throws IOException {
            send(Connect.connect("bystander-" + number).encode(Version.V3_1_1));
            expect(4);
            send(Subscribe.subscribe("by/" + number, 1).encode(Version.V3_1_1));
            expect(5);
            listen();
        }

        private void expect(int bytes) throws IOException {
            ByteBuffer answer = ByteBuffer.allocate(bytes);
            while (answer.hasRemaining()) {
                if (channel.read(answer) < 0) {
                    throw new IOException("the gateway has refused a bystander");
                }
            }
            if (answer.get(bytes - 1) > 1) {
                throw new IOException("refused: " + Arrays.toString(answer.array()));
            }
        }

        void publish(long dueNanos) {
            if (!channel.isOpen()) {
                return;
            }
            String topic = "by/" + (number + 1) % clients.size();
            ByteBuffer packet = ByteBuffer.allocate(4 + topic.length() + 2 + PAYLOAD_BYTES);
            packet.put((byte) 0x32).put((byte) (packet.capacity() - HEADER_BYTES));
            packet.putShort((short) topic.length()).put(topic.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            packetId = packetId % 10_000 + 1;
            packet.putShort((short) packetId).putLong(dueNanos);
            if (send(packet.array())) {
                sent++;
            }
        }

        @Override
        void packet(int type, ByteBuffer body) {
            if (type == 3) {
                int topicBytes = body.getShort();
                body.position(2 + topicBytes);
                short id = body.getShort();
                latencies.add(System.nanoTime() - body.getLong());
                delivered++;
                send(new byte[] {0x40, 2, (byte) (id >> 8), (byte) id});
            }
        }

        @Override
        void ended() {
            cut++;
        }
    }

    /** One that comes, is let in, and leaves. */
    private final class Newcomer extends Receiver {
        private final long cameNanos = System.nanoTime();
        private boolean isIn;
        private boolean isTurnedAway;

        Newcomer() throws IOException {
            send(Connect.connect("newcomer-" + cameNanos).encode(Version.V3_1_1));
            listen();
        }

        @Override
        void packet(int type, ByteBuffer body) {
            isIn = type == 2 && body.get(1) == 0;
            isTurnedAway = !isIn;
            connects.add(System.nanoTime() - cameNanos);
        }

        @Override
        void ended() {
            isTurnedAway = !isIn;
        }

        boolean isOver(long now) {
            if (isTurnedAway || (!isIn && now - cameNanos > PATIENCE_NANOS)) {
                refused++;
                leave();
                return true;
            }
            if (isIn) {
                send(Packets.disconnect().encode(Version.V3_1_1));
                leave();
            }
            return isIn;
        }
    }
}
