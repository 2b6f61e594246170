// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that does exactly what the test says: it acknowledges nothing, pings nothing and remembers nothing by
 * itself. Blocking, for one thread; every wait is bounded.
 */
public final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Channel channel;
    private final Version version;
    private byte[] received = new byte[0];
    private final Deque<Packet> setAside = new ArrayDeque<>();
    private @Nullable Packet connack;

    public RawClient(Channel channel, Version version) {
        this.channel = channel;
        this.version = version;
    }

    public Version version() {
        return version;
    }

    public boolean isV5() {
        return version.isV5();
    }

    public Channel channel() {
        return channel;
    }

    public WebSocketChannel webSocket() {
        return (WebSocketChannel) channel;
    }

    /** The CONNACK that {@link #connected} read. */
    public Packet connack() {
        if (connack == null) {
            throw new AssertionError("not connected");
        }
        return connack;
    }

    /** Sends the packets in one write. */
    public RawClient send(Outgoing... packets) {
        ByteWriter out = new ByteWriter();
        for (Outgoing packet : packets) {
            out.raw(packet.encode(version));
        }
        return sendBytes(out.toBytes());
    }

    public RawClient sendBytes(byte[] bytes) {
        try {
            channel.write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("the gateway has closed while we were sending", e);
        }
    }

    /** Sends what the gateway may refuse midway: a broken connection is no failure here. */
    public boolean trySendBytes(byte[] bytes) {
        try {
            channel.write(bytes);
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    public boolean trySend(Outgoing packet) {
        return trySendBytes(packet.encode(version));
    }

    /** Sends CONNECT and expects to be accepted. */
    public RawClient connected(Connect connect) {
        send(connect);
        Packet answer = expect(PacketType.CONNACK);
        assertThat(answer.reason()).as("the return code of %s", answer).isZero();
        connack = answer;
        return this;
    }

    /** The next packet, whatever it is; null if the gateway has closed. */
    @Nullable
    public Packet next() {
        return next(TIMEOUT_MILLIS);
    }

    private @Nullable Packet next(int timeoutMillis) {
        Packet earlier = setAside.poll();
        return earlier == null ? receive(timeoutMillis) : earlier;
    }

    private @Nullable Packet receive(int timeoutMillis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        byte[] buffer = new byte[65_536];
        while (true) {
            Packet packet = takePacket();
            if (packet != null) {
                return packet;
            }
            try {
                int left = (int) TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new SocketTimeoutException();
                }
                int count = channel.read(buffer, left);
                if (count < 0) {
                    return null;
                }
                byte[] joined = Arrays.copyOf(received, received.length + count);
                System.arraycopy(buffer, 0, joined, received.length, count);
                received = joined;
            } catch (SocketTimeoutException e) {
                throw new AssertionError("nothing came from the gateway within " + timeoutMillis + " ms", e);
            } catch (IOException e) {
                return null;
            }
        }
    }

    private @Nullable Packet takePacket() {
        int length = 0;
        for (int i = 1; i < received.length && i < 5; i++) {
            length |= (received[i] & 0x7F) << (7 * (i - 1));
            if (received[i] >= 0) {
                int total = i + 1 + length;
                if (received.length < total) {
                    return null;
                }
                Packet packet = new Packet(Arrays.copyOf(received, total), i + 1, version);
                received = Arrays.copyOfRange(received, total, received.length);
                return packet;
            }
        }
        return null;
    }

    /** The next packet, of any type: the gateway must not have closed. */
    public Packet expectAny() {
        Packet packet = next();
        if (packet == null) {
            throw new AssertionError("closed, but a packet was expected");
        }
        return packet;
    }

    /** The next packet, which must be of this type. */
    public Packet expect(PacketType type) {
        Packet packet = next();
        if (packet == null) {
            throw new AssertionError("closed, but " + type + " was expected");
        }
        assertThat(packet.type()).as("the type of %s", packet).isEqualTo(type);
        return packet;
    }

    /** The next packet, which must be an acknowledgement of this type and packet identifier, with success. */
    public Packet expectAck(PacketType type, int packetId) {
        Packet packet = expect(type);
        assertThat(packet.packetId()).as("the packet identifier of %s", packet).isEqualTo(packetId);
        assertThat(packet.reason()).as("the reason code of %s", packet).isLessThan(0x80);
        return packet;
    }

    /** This acknowledgement, with success; PUBLISH packets that come before it are set aside and are next then. */
    private void awaitAck(PacketType type, int packetId) {
        while (true) {
            Packet packet = receive(TIMEOUT_MILLIS);
            if (packet == null) {
                throw new AssertionError("closed, but " + type + " was expected");
            }
            if (packet.type() == PacketType.PUBLISH) {
                setAside.add(packet);
                continue;
            }
            assertThat(packet.type()).as("the type of %s", packet).isEqualTo(type);
            assertThat(packet.packetId())
                    .as("the packet identifier of %s", packet)
                    .isEqualTo(packetId);
            assertThat(packet.reason()).as("the reason code of %s", packet).isLessThan(0x80);
            return;
        }
    }

    /** The next packet, which must be a PUBLISH with this payload. */
    public Packet expectPublish(String payload) {
        Packet packet = expect(PacketType.PUBLISH);
        assertThat(packet.text()).as("the payload of %s", packet).isEqualTo(payload);
        return packet;
    }

    /** The payloads of the next PUBLISH packets, so many. */
    public List<String> expectPublishes(int count) {
        List<String> payloads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            payloads.add(expect(PacketType.PUBLISH).text());
        }
        return payloads;
    }

    /** The next packet, a PUBLISH, acknowledged as its QoS asks for. */
    public Packet take() {
        Packet publish = expect(PacketType.PUBLISH);
        acknowledged(publish);
        return publish;
    }

    /** Acknowledges a PUBLISH as its QoS asks for, to the end of the exchange. */
    public void acknowledged(Packet publish) {
        if (publish.qos() == 1) {
            send(Packets.ack(PacketType.PUBACK, publish.packetId()));
        } else if (publish.qos() == 2) {
            send(Packets.ack(PacketType.PUBREC, publish.packetId()));
            awaitAck(PacketType.PUBREL, publish.packetId());
            send(Packets.ack(PacketType.PUBCOMP, publish.packetId()));
        }
    }

    /** Publishes and goes through the whole flow of its QoS. */
    public RawClient published(Publish publish, int packetId) {
        send(publish.packetId(packetId));
        if (publish.qos() == 1) {
            awaitAck(PacketType.PUBACK, packetId);
        } else if (publish.qos() == 2) {
            awaitAck(PacketType.PUBREC, packetId);
            send(Packets.ack(PacketType.PUBREL, packetId));
            awaitAck(PacketType.PUBCOMP, packetId);
        }
        return this;
    }

    /** Subscribes and expects all of it to be granted. */
    public RawClient subscribed(Subscribe subscribe) {
        send(subscribe);
        Packet suback = expect(PacketType.SUBACK);
        assertThat(suback.reasons()).as("the codes of %s", suback).allMatch(code -> code <= 2);
        return this;
    }

    public RawClient subscribed(String filter, int qos) {
        return subscribed(Subscribe.subscribe(filter, qos));
    }

    /** A PINGREQ is answered, and nothing comes before the answer: the connection lives and nothing is on its way. */
    public RawClient expectAlive() {
        send(Packets.PINGREQ);
        expect(PacketType.PINGRESP);
        return this;
    }

    /** The gateway closes, without another packet. */
    public void expectClosed() {
        Packet packet = next();
        assertThat(packet).as("nothing was to come before the close").isNull();
    }

    /** The gateway closes within the time, without another packet. */
    public void expectClosedWithin(int millis) {
        assertThat(next(millis)).as("nothing was to come before the close").isNull();
    }

    /** The gateway closes within the time, whatever comes before. */
    public void awaitClosed(int millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        Packet packet;
        do {
            packet = next((int) TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
        } while (packet != null);
    }

    /** MQTT 5.0: DISCONNECT with this reason code, then the close. Below: the close alone. */
    public void expectDisconnected(int reason) {
        if (version.isV5()) {
            Packet packet = expect(PacketType.DISCONNECT);
            assertThat(packet.reason())
                    .as("the reason code of %s", packet)
                    .withRepresentation(Codes.IN_HEX)
                    .isEqualTo(reason);
        }
        expectClosed();
    }

    /** As {@link #expectDisconnected}, when the specification leaves several reason codes open. */
    public void expectDisconnectedWithAnyOf(Integer... reasons) {
        if (version.isV5()) {
            Packet packet = expect(PacketType.DISCONNECT);
            assertThat(packet.reason())
                    .as("the reason code of %s", packet)
                    .withRepresentation(Codes.IN_HEX)
                    .isIn((Object[]) reasons);
        }
        expectClosed();
    }

    /** The answer to a CONNECT is a refusal with this code by version, then the close. */
    public void expectRefused(int v3ReturnCode, int v5Reason) {
        Packet answer = expect(PacketType.CONNACK);
        assertThat(answer.reason())
                .as("the code of %s", answer)
                .withRepresentation(Codes.IN_HEX)
                .isEqualTo(version.isV5() ? v5Reason : v3ReturnCode);
        assertThat(answer.isSessionPresent())
                .as("session present of a refusal [MQTT-3.2.2-4]")
                .isFalse();
        expectClosed();
    }

    /** The answer to a CONNECT that is not well formed: the close, a CONNACK with one of these codes before it or not. */
    public void expectRefusedOrClosed(Integer... v5Reasons) {
        Packet answer = next();
        if (answer != null) {
            assertThat(version.isV5()).as("%s before MQTT 5.0", answer).isTrue();
            assertThat(answer.type()).isEqualTo(PacketType.CONNACK);
            assertThat(answer.reason()).withRepresentation(Codes.IN_HEX).isIn((Object[]) v5Reasons);
            expectClosed();
        }
    }

    /** Says goodbye as MQTT wants it, and waits for the gateway to close. */
    public void disconnect() {
        send(Packets.disconnect());
        expectClosed();
        close();
    }

    /** Goes without a word, as {@link #close} does, and returns when the gateway has noticed. */
    public void vanish() {
        TcpChannel tcp = channel instanceof WebSocketChannel webSocket ? webSocket.tcp() : (TcpChannel) channel;
        try {
            tcp.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        expectClosed();
        close();
    }

    /** Goes without a word. */
    @Override
    public void close() {
        channel.close();
    }
}
