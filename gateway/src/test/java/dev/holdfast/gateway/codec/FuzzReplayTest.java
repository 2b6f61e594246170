// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The fuzz tests on their committed inputs and on mutations of good packets, the same ones in every build.
 *
 * <p>Jazzer's own regression mode works with JUnit 6 but loads its agent into the JVM of all other tests, which costs
 * 15 to 20 seconds and slows them down. So its agent is loaded only to search for new inputs:
 * {@code JAZZER_FUZZ=1 mvn -pl gateway -am test -Dtest=FramerFuzz -Dsurefire.failIfNoSpecifiedTests=false}. What it
 * finds belongs into {@code src/test/resources/dev/holdfast/gateway/codec/<class>Inputs/<method>}.
 */
@Tag("unit")
class FuzzReplayTest {
    private static final long SEED = 20261124;
    private static final int MUTATIONS = 30_000;
    private static final Path RESOURCES = Path.of("src/test/resources/dev/holdfast/gateway/codec");

    @Test
    void framerSplitsGiveTheSamePackets() throws IOException {
        FramerFuzz fuzz = new FramerFuzz();
        List<byte[]> seeds = inputs("FramerFuzzInputs/splitsGiveTheSamePackets");
        byte[] all = Sample.all().stream()
                .map(Sample::bytes)
                .filter(bytes -> bytes.length < 4096)
                .collect(() -> Bytes.hex("00"), Bytes::raw, (a, b) -> a.raw(b.array()))
                .array();
        seeds.add(all);

        replay(seeds, MUTATIONS / 10, fuzz::splitsGiveTheSamePackets);
    }

    @Test
    void decoderGivesMessagesOrMalformedPacketExceptions() throws IOException {
        PacketDecoderFuzz fuzz = new PacketDecoderFuzz();
        List<byte[]> seeds = inputs("PacketDecoderFuzzInputs/givesMessagesOrMalformedPacketExceptions");
        Sample.all().stream()
                .filter(sample -> !sample.isPublish())
                .forEach(sample -> seeds.add(Bytes.hex("%02x".formatted(Sample.VERSIONS.indexOf(sample.version())))
                        .raw(withoutLength(sample.bytes()))
                        .array()));

        replay(seeds, MUTATIONS, fuzz::givesMessagesOrMalformedPacketExceptions);
    }

    @Test
    void acceptedPublishesSurviveTheGateway() throws IOException {
        PublishViewFuzz fuzz = new PublishViewFuzz();
        List<byte[]> seeds = inputs("PublishViewFuzzInputs/acceptedPublishesSurviveTheGateway");
        Sample.all().stream()
                .filter(sample -> sample.isPublish() && sample.bytes().length < 4096)
                .forEach(sample -> {
                    byte[] seed = withoutLength(sample.bytes());
                    seed[0] = (byte) ((seed[0] & 0x0F) | (Sample.VERSIONS.indexOf(sample.version()) << 4));
                    seeds.add(seed);
                });

        replay(seeds, MUTATIONS, fuzz::acceptedPublishesSurviveTheGateway);
    }

    private static byte[] withoutLength(byte[] packet) {
        int body = FixedHeader.bodyOffset(packet, 0);
        byte[] bytes = new byte[1 + packet.length - body];
        bytes[0] = packet[0];
        System.arraycopy(packet, body, bytes, 1, packet.length - body);
        return bytes;
    }

    private static void replay(List<byte[]> seeds, int mutations, Target target) {
        for (byte[] seed : seeds) {
            run(seed, target);
        }
        Random random = new Random(SEED);
        for (int i = 0; i < mutations; i++) {
            run(mutate(seeds.get(random.nextInt(seeds.size())), random), target);
        }
    }

    private static void run(byte[] input, Target target) {
        try {
            target.run(input);
        } catch (Exception | AssertionError e) {
            fail("input " + HexFormat.of().formatHex(input) + ", seed " + SEED, e);
        }
    }

    /** Changes, removes or adds a few bytes. */
    private static byte[] mutate(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        for (int changes = 1 + random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = (byte) (bytes[at] ^ 1 << random.nextInt(8));
                case 2 -> bytes[at] = (byte) (bytes[at] + random.nextInt(5) - 2);
                case 3 -> bytes = splice(bytes, at, 1 + random.nextInt(3), new byte[0]);
                default -> {
                    byte[] added = new byte[1 + random.nextInt(3)];
                    random.nextBytes(added);
                    bytes = splice(bytes, at, 0, added);
                }
            }
        }
        return bytes;
    }

    private static byte[] splice(byte[] bytes, int at, int removed, byte[] added) {
        int resumeAt = Math.min(bytes.length, at + removed);
        byte[] spliced = new byte[at + added.length + bytes.length - resumeAt];
        System.arraycopy(bytes, 0, spliced, 0, at);
        System.arraycopy(added, 0, spliced, at, added.length);
        System.arraycopy(bytes, resumeAt, spliced, at + added.length, bytes.length - resumeAt);
        return spliced;
    }

    private static List<byte[]> inputs(String directory) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        Path path = RESOURCES.resolve(directory);
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : files.sorted().toList()) {
                    inputs.add(Files.readAllBytes(file));
                }
            }
        }
        return inputs;
    }

    private interface Target {
        void run(byte[] input) throws MalformedPacketException;
    }
}
