// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttPacketBridge;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** What one PUBLISH of 100 bytes at QoS 1 costs: decoded and encoded by us and by netty; and cut out of a stream. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class CodecBenchmark {
    private static final MessageId ID = new MessageId(1, 2);
    private static final int PACKETS = 100;

    /** The protocol level. */
    @Param({"4", "5"})
    private int level;

    private final PublishView view = new PublishView();
    private final AckView acknowledgement = new AckView();
    private final PacketEncoder encoder = new PacketEncoder();
    private final MqttPacketBridge netty = new MqttPacketBridge();
    private final Framer framer = new Framer(1 << 20);

    private MqttVersion version = MqttVersion.MQTT_3_1_1;
    private byte[] packet = {};
    private byte[] stream = {};
    private byte[] puback = {};
    private byte[] out = {};
    private byte[] payload = {};
    private Message message = Message.of(ID, "t", payload, 0, false, 0);
    private EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_5, 0, false, 0);
    private int packetId;

    /** Makes the packet: with MQTT 5 it has a user property and a Message Expiry Interval. */
    @Setup
    public void makePackets() throws MalformedPacketException {
        version = Sample.VERSIONS.get(level - 3);
        payload = new byte[100];
        Bytes body = Bytes.hex("").string("sensors/kitchen/temperature").then("0007");
        if (level == 5) {
            body.properties(Bytes.hex("02 0000003c 26").string("trace").string("0123456789"));
        }
        packet = body.raw(payload).packet(0x32);
        puback = Bytes.hex("0007").packet(0x40);
        Bytes many = Bytes.hex("");
        for (int i = 0; i < PACKETS; i++) {
            many.raw(packet);
        }
        stream = many.array();
        view.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
        message = view.toMessage(ID, null, 0);
        encoded = EncodedPublish.of(message, version, 1, false, 0);
        out = new byte[packet.length + 16];
        byte[] connect = Sample.connectWithEverything();
        framer.feed(connect, 0, connect.length, (buffer, offset, length) -> true);
    }

    /** Our view of a PUBLISH, checked. */
    @Benchmark
    public int decodeByView() throws MalformedPacketException {
        view.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
        return view.packetId();
    }

    /** The same and the message made of it. */
    @Benchmark
    public Message decodeByViewToMessage() throws MalformedPacketException {
        view.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
        return view.toMessage(ID, null, 1000);
    }

    /** Netty's message, its payload released. */
    @Benchmark
    public int decodeByNetty() {
        MqttMessage decoded = Objects.requireNonNull(netty.decode(packet, 0, packet.length, version));
        MqttPublishMessage publish = (MqttPublishMessage) decoded;
        publish.release();
        return publish.variableHeader().packetId();
    }

    /** A PUBACK, checked. */
    @Benchmark
    public int decodePuback() throws MalformedPacketException {
        acknowledgement.decode(puback, 0, puback.length, version, DecodeLimits.DEFAULT);
        return acknowledgement.packetId();
    }

    /** What is done once for a variant. */
    @Benchmark
    public EncodedPublish encodeOnce() {
        return EncodedPublish.of(message, version, 1, false, 1000);
    }

    /** What is done for each subscriber: copy and patch. */
    @Benchmark
    public byte[] copyAndPatch() {
        System.arraycopy(encoded.bytes(), 0, out, 0, encoded.length());
        int id = ++packetId;
        out[encoded.packetIdOffset()] = (byte) (id >>> 8);
        out[encoded.packetIdOffset() + 1] = (byte) id;
        return out;
    }

    /** What netty would do for each subscriber. */
    @Benchmark
    public byte[] encodeByNetty() {
        MqttPublishMessage publish = MqttMessageBuilders.publish()
                .topicName("sensors/kitchen/temperature")
                .qos(MqttQoS.AT_LEAST_ONCE)
                .messageId(1 + (++packetId & 0x7FFF))
                .payload(Unpooled.wrappedBuffer(payload))
                .build();
        return encoder.encode(publish, version);
    }

    /** A hundred packets in one read. */
    @Benchmark
    public void frameHundredPackets(Blackhole hole) throws MalformedPacketException {
        framer.feed(stream, 0, stream.length, (buffer, offset, length) -> {
            hole.consume(offset + length);
            return true;
        });
    }

    /** A packet that comes in two reads. */
    @Benchmark
    public void frameSplitPacket(Blackhole hole) throws MalformedPacketException {
        Framer.Sink sink = (buffer, offset, length) -> {
            hole.consume(buffer);
            return true;
        };
        framer.feed(packet, 0, 50, sink);
        framer.feed(packet, 50, packet.length - 50, sink);
    }

    /** Runs it; arguments are a pattern of method names, otherwise all. */
    public static void main(String[] arguments) throws RunnerException {
        String pattern = arguments.length == 0 ? "" : arguments[0];
        new Runner(new OptionsBuilder()
                        .include(CodecBenchmark.class.getSimpleName() + ".*" + pattern)
                        .build())
                .run();
    }
}
