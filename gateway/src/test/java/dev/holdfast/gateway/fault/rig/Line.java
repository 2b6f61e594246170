// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.harness.mqtt.Channel;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection of a client: packets out by its owner's thread, packets in by one of its own, which also sees the end. */
final class Line implements AutoCloseable {
    private static final int AHEAD = 256;
    private static final int FOREVER_MILLIS = 3_600_000;

    private final Channel channel;
    private final Version version;
    private final Runnable atEnd;
    private final BlockingQueue<Packet> come = new ArrayBlockingQueue<>(AHEAD);
    private volatile boolean ended;
    private volatile boolean ignored;

    /**
     * A connection on which nothing has been sent.
     *
     * @param atEnd told once, on the thread that reads, when the connection is over
     */
    Line(Channel channel, Version version, Runnable atEnd) {
        this.channel = channel;
        this.version = version;
        this.atEnd = atEnd;
        Thread reader = new Thread(this::read, "rig-line");
        reader.setDaemon(true);
        reader.start();
    }

    Version version() {
        return version;
    }

    /** Sends the packets in one write. */
    void send(Outgoing... packets) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Outgoing packet : packets) {
            all.writeBytes(packet.encode(version));
        }
        channel.write(all.toByteArray());
    }

    /**
     * The next packet, or null if none has come within the time.
     *
     * @throws EOFException when the connection is over and everything that came has been taken
     */
    @Nullable
    Packet poll(long millis) throws IOException {
        try {
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            while (true) {
                boolean over = ended;
                Packet packet = come.poll(over ? 0 : 20, TimeUnit.MILLISECONDS);
                if (packet != null) {
                    return packet;
                }
                if (over) {
                    throw new EOFException("closed");
                }
                if (System.nanoTime() - until > 0) {
                    return null;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    boolean isOver() {
        return ended;
    }

    /** What comes from now on is dropped: only the end matters still. */
    void ignore() {
        ignored = true;
        come.clear();
    }

    @Override
    public void close() {
        ignore();
        channel.close();
    }

    private void read() {
        byte[] buffer = new byte[16_384];
        byte[] left = new byte[0];
        try {
            for (int count = channel.read(buffer, FOREVER_MILLIS);
                    count >= 0;
                    count = channel.read(buffer, FOREVER_MILLIS)) {
                byte[] all = Arrays.copyOf(left, left.length + count);
                System.arraycopy(buffer, 0, all, left.length, count);
                left = split(all);
            }
        } catch (IOException | InterruptedException broken) {
            // That is its end.
        } finally {
            ended = true;
            channel.close();
            atEnd.run();
        }
    }

    /** Takes whole packets out and gives back the rest. */
    private byte[] split(byte[] bytes) throws InterruptedException {
        int from = 0;
        while (true) {
            int length = 0;
            int at = from + 1;
            int shift = 0;
            while (at < bytes.length && bytes[at] < 0) {
                length |= (bytes[at++] & 0x7F) << shift;
                shift += 7;
            }
            if (at >= bytes.length) {
                return Arrays.copyOfRange(bytes, from, bytes.length);
            }
            length |= (bytes[at++] & 0x7F) << shift;
            if (bytes.length - at < length) {
                return Arrays.copyOfRange(bytes, from, bytes.length);
            }
            offer(new Packet(Arrays.copyOfRange(bytes, from, at + length), at - from, version));
            from = at + length;
        }
    }

    private void offer(Packet packet) throws InterruptedException {
        while (!ignored && !come.offer(packet, 20, TimeUnit.MILLISECONDS)) {
            // Its owner is busy, or is about to give it up.
        }
    }
}
