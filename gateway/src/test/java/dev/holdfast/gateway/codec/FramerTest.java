// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class FramerTest {
    private static final int MAX = 64 * 1024;
    private static final byte[] CONNECT = Sample.connectWithEverything();
    private static final byte[] PINGREQ = Bytes.hex("").packet(0xC0);

    private final List<byte[]> packets = new ArrayList<>();
    private final Framer.Sink sink = (buffer, offset, length) -> {
        packets.add(Arrays.copyOfRange(buffer, offset, offset + length));
        return true;
    };

    static List<Sample> samples() {
        return Sample.all();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void packetIsWholeWhereverItIsSplit(Sample sample) throws MalformedPacketException {
        byte[] bytes = sample.bytes();
        for (int split = 1; split < bytes.length; split++) {
            Framer framer = opened();

            framer.feed(bytes, 0, split, sink);
            boolean midPacket = framer.isMidPacket();
            int held = framer.heldBytes();
            framer.feed(bytes, split, bytes.length - split, sink);

            // Plain comparisons: thousands of positions.
            if (!midPacket || held != split || packets.size() != 1 || !Arrays.equals(packets.get(0), bytes)) {
                fail("split at " + split);
            }
            assertNothingHeld(framer);
            packets.clear();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void packetIsWholeWhenItComesByteByByte(Sample sample) throws MalformedPacketException {
        Framer framer = opened();

        for (byte b : sample.bytes()) {
            framer.feed(new byte[] {b}, 0, 1, sink);
            if (framer.heldCapacity() > 2 * framer.heldBytes()) {
                fail("%d bytes are held for %d", framer.heldCapacity(), framer.heldBytes());
            }
        }

        assertThat(packets).containsExactly(sample.bytes());
        assertNothingHeld(framer);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void fiftyPacketsInOneBufferArePassedWhereTheyLie(Sample sample) throws MalformedPacketException {
        Bytes fifty = Bytes.hex("ffff");
        Collections.nCopies(50, sample.bytes()).forEach(fifty::raw);
        byte[] buffer = fifty.array();
        List<Integer> offsets = new ArrayList<>();
        Framer framer = opened();

        framer.feed(buffer, 2, buffer.length - 2, (where, offset, length) -> {
            assertThat(where).isSameAs(buffer);
            assertThat(length).isEqualTo(sample.bytes().length);
            return offsets.add(offset);
        });

        assertThat(offsets).hasSize(50).startsWith(2, 2 + sample.bytes().length);
        assertNothingHeld(framer);
    }

    @Test
    void wholeStreamSplitAtEveryPositionGivesTheSamePackets() throws MalformedPacketException {
        Bytes all = Bytes.hex("");
        List<byte[]> expected = new ArrayList<>();
        for (Sample sample : Sample.all()) {
            if (sample.bytes().length < 1000) {
                all.raw(sample.bytes());
                expected.add(sample.bytes());
            }
        }
        byte[] stream = all.array();
        for (int split = 0; split <= stream.length; split++) {
            Framer framer = new Framer(MAX);

            framer.feed(stream, 0, split, sink);
            framer.feed(stream, split, stream.length - split, sink);

            assertThat(packets).containsExactlyElementsOf(expected);
            packets.clear();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "remaining length of five bytes, 10 80 80 80 80 00",
        "remaining length of five bytes with ones, 10 ff ff ff ff 7f",
        "remaining length zero in two bytes, 10 80 00",
        "remaining length zero in three bytes, 10 80 80 00",
        "remaining length zero in four bytes, 10 80 80 80 00",
        "remaining length 127 in two bytes, 10 ff 00"
    })
    void overLongRemainingLengthIsMalformed(String name, String hex) {
        byte[] bytes = Bytes.hex(hex).array();

        assertRefused(Kind.MALFORMED, () -> new Framer(MAX).feed(bytes, 0, bytes.length, sink));
        assertRefused(Kind.MALFORMED, () -> {
            Framer framer = new Framer(MAX);
            for (int i = 0; i < bytes.length; i++) {
                framer.feed(bytes, i, 1, sink);
            }
        });
        assertThat(packets).as(name).isEmpty();
    }

    /** CVE-2026-21888 and others: the fifth byte must not be waited for either. */
    @Test
    void fourthContinuationBitIsRefusedAtOnce() {
        assertRefused(
                Kind.MALFORMED,
                () -> new Framer(MAX).feed(Bytes.hex("10 80 80 80 80").array(), 0, 5, sink));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 126, 127, 128, 129, 16_382, 16_383, 16_384, 65_000})
    void packetOfExactlyTheLimitIsAcceptedAndOneByteMoreIsNot(int remainingLength) throws MalformedPacketException {
        byte[] fits = Bytes.hex("").raw(new byte[remainingLength]).packet(0x10);
        byte[] tooLarge = Bytes.hex("").raw(new byte[remainingLength + 1]).packet(0x10);

        Framer framer = new Framer(fits.length);
        framer.feed(fits, 0, fits.length, sink);

        assertThat(packets).containsExactly(fits);
        Framer refusing = new Framer(tooLarge.length - 1);
        assertRefused(Kind.PACKET_TOO_LARGE, () -> refusing.feed(tooLarge, 0, tooLarge.length, sink));
        assertThat(refusing.heldCapacity()).isZero();
    }

    /** CVE-2026-44248, CVE-2023-0809: a length is only a claim until the bytes have come. */
    @Test
    void claimedLengthAllocatesNothing() throws MalformedPacketException {
        Framer framer = new Framer(268_435_460);
        byte[] claim = Bytes.hex("10 ff ff ff 7f 00 04").array();

        framer.feed(claim, 0, claim.length, sink);

        assertThat(framer.heldCapacity()).isLessThanOrEqualTo(2 * claim.length);
        assertThat(framer.isMidPacket()).isTrue();
    }

    @Test
    void tooLargePacketIsRefusedWhenItsLengthIsKnown() throws MalformedPacketException {
        Framer framer = new Framer(1000);
        framer.feed(CONNECT, 0, CONNECT.length, sink);
        framer.feed(Bytes.hex("30 e6").array(), 0, 2, sink);

        assertRefused(Kind.PACKET_TOO_LARGE, () -> framer.feed(new byte[] {7}, 0, 1, sink));
        assertThat(framer.heldCapacity()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"NOT_A_CONNECT, 30", "NOT_A_CONNECT, c0", "NOT_A_CONNECT, 20", "NOT_A_CONNECT, 00"})
    void firstByteThatIsNotOfAConnectIsRefusedAlone(Kind kind, String first) {
        Framer framer = new Framer(MAX);

        assertRefused(kind, () -> framer.feed(Bytes.hex(first).array(), 0, 1, sink));
        assertThat(framer.heldCapacity()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "PROTOCOL_ERROR, 20",
        "PROTOCOL_ERROR, 90",
        "PROTOCOL_ERROR, b0",
        "PROTOCOL_ERROR, d0",
        "MALFORMED, 00",
        "MALFORMED, 0f",
        "MALFORMED, 41",
        "MALFORMED, 60",
        "MALFORMED, 80",
        "MALFORMED, 8a",
        "MALFORMED, a0",
        "MALFORMED, c1",
        "MALFORMED, e8",
        "MALFORMED, f2"
    })
    void firstByteThatNoClientMaySendIsRefusedAlone(Kind kind, String first) throws MalformedPacketException {
        Framer framer = new Framer(MAX);
        framer.feed(CONNECT, 0, CONNECT.length, sink);

        assertRefused(kind, () -> framer.feed(Bytes.hex(first).array(), 0, 1, sink));
        assertThat(packets).hasSize(1);
    }

    @Test
    void stoppedFramerKeepsTheRestAndGoesOnWhereItStopped() throws MalformedPacketException {
        byte[] stream =
                Bytes.hex("").raw(CONNECT).raw(PINGREQ).raw(PINGREQ).then("c0").array();
        Framer framer = new Framer(MAX);
        Framer.Sink onlyOne = (buffer, offset, length) -> {
            sink.packet(buffer, offset, length);
            return false;
        };

        framer.feed(stream, 0, stream.length, onlyOne);
        assertThat(packets).containsExactly(CONNECT);
        assertThat(framer.isMidPacket()).isFalse();
        assertThat(framer.heldBytes()).isEqualTo(5);
        framer.feed(new byte[] {0, (byte) 0xC0}, 0, 2, onlyOne);
        assertThat(packets).hasSize(1);
        framer.resume(onlyOne);
        assertThat(packets).containsExactly(CONNECT, PINGREQ);
        framer.resume(sink);

        assertThat(packets).containsExactly(CONNECT, PINGREQ, PINGREQ, PINGREQ);
        assertThat(framer.isMidPacket()).isTrue();
        assertThat(framer.heldCapacity()).isEqualTo(1);
        framer.feed(new byte[] {0}, 0, 1, sink);
        assertThat(packets).hasSize(5);
        assertNothingHeld(framer);
    }

    @Test
    void limitRaisedWhileStoppedHoldsForWhatIsKept() throws MalformedPacketException {
        byte[] large = Bytes.hex("").string("t").raw(new byte[5000]).packet(0x30);
        byte[] stream = Bytes.hex("").raw(CONNECT).raw(large).array();
        Framer framer = new Framer(1000);

        framer.feed(stream, 0, stream.length, (buffer, offset, length) -> false);
        framer.maxPacketBytes(10_000);
        framer.resume(sink);

        assertThat(packets).containsExactly(large);
    }

    /** Skips what is too large, and notes it. */
    private final class Skipping implements Framer.Sink {
        private final List<String> noted = new ArrayList<>();

        @Override
        public boolean packet(byte[] buffer, int offset, int length) throws MalformedPacketException {
            return sink.packet(buffer, offset, length);
        }

        @Override
        public boolean skips(byte[] buffer, int from, int to, int length) {
            return true;
        }

        @Override
        public void skipping(byte[] head, int headLength, int length) {
            noted.add("begins " + headLength + " of " + length + ", " + head[headLength - 1]);
        }

        @Override
        public boolean skipped(int length) {
            noted.add("over " + length);
            return false;
        }
    }

    @Test
    void skippedPacketIsPassedOverWhereverItIsSplitAndTheNextOneIsWhole() throws MalformedPacketException {
        byte[] large = Bytes.hex("")
                .string("t")
                .raw(new byte[90])
                .then("07")
                .raw(new byte[100])
                .packet(0x30);
        byte[] stream =
                Bytes.hex("").raw(CONNECT).raw(large).raw(PINGREQ).raw(PINGREQ).array();
        int max = Math.max(CONNECT.length, 97);
        for (int split = 1; split < stream.length; split++) {
            Framer framer = new Framer(max);
            Skipping skipping = new Skipping();

            framer.feed(stream, 0, split, skipping);
            boolean isInside = split != CONNECT.length && split < CONNECT.length + large.length;
            if (framer.isMidPacket() != isInside || framer.heldCapacity() > max) {
                fail("split at " + split);
            }
            framer.feed(stream, split, stream.length - split, skipping);

            assertThat(skipping.noted)
                    .containsExactly(
                            "begins " + max + " of " + large.length + ", " + large[max - 1], "over " + large.length);
            assertThat(packets).containsExactly(CONNECT); // the sink has said stop
            framer.resume(skipping);
            assertThat(packets).containsExactly(CONNECT, PINGREQ, PINGREQ);
            assertNothingHeld(framer);
            packets.clear();
        }
    }

    @Test
    void skippedPacketKeepsNoMoreThanItsBeginningAndNothingOnceThatIsPassedOn() throws MalformedPacketException {
        Framer framer = new Framer(64 * 1024);
        Skipping skipping = new Skipping();
        framer.feed(CONNECT, 0, CONNECT.length, skipping);
        framer.feed(Bytes.hex("30 ff ff ff 7f 00 01").array(), 0, 7, skipping);

        assertThat(framer.heldBytes()).isEqualTo(7);
        byte[] part = new byte[SkippedPacket.MOST_HEAD_BYTES];
        framer.feed(part, 0, part.length, skipping);

        assertThat(framer.heldBytes()).isZero();
        assertThat(framer.isMidPacket()).isTrue();
        assertThat(skipping.noted).hasSize(1);
    }

    @Test
    void nothingIsTakenAfterAMalformedPacket() {
        Framer framer = new Framer(MAX);
        assertRefused(
                Kind.MALFORMED, () -> framer.feed(Bytes.hex("10 80 80 80 80").array(), 0, 5, sink));

        assertRefused(Kind.MALFORMED, () -> framer.feed(CONNECT, 0, CONNECT.length, sink));
        assertRefused(Kind.MALFORMED, () -> framer.resume(sink));
        assertThat(packets).isEmpty();
    }

    @Test
    void framerThatWasStoppedOftenMovesEachByteABoundedNumberOfTimes() throws MalformedPacketException {
        int count = 200_000;
        byte[] stream = new byte[2 * count];
        for (int i = 0; i < stream.length; i += 2) {
            stream[i] = (byte) 0xC0;
        }
        Framer framer = opened();
        int[] passed = {0};
        Framer.Sink onlyOne = (buffer, offset, length) -> {
            passed[0]++;
            return false;
        };

        // Moving the rest at each stop would copy 80 GB here.
        framer.feed(stream, 0, stream.length, onlyOne);
        while (framer.heldBytes() > 0) {
            framer.resume(onlyOne);
        }

        assertThat(passed[0]).isEqualTo(count);
        assertNothingHeld(framer);
    }

    /** A framer behind its CONNECT. */
    private static Framer opened() throws MalformedPacketException {
        Framer framer = new Framer(MAX);
        framer.feed(CONNECT, 0, CONNECT.length, (buffer, offset, length) -> true);
        return framer;
    }

    private static void assertNothingHeld(Framer framer) {
        if (framer.heldBytes() != 0 || framer.heldCapacity() != 0 || framer.isMidPacket()) {
            fail("%d bytes are held in %d", framer.heldBytes(), framer.heldCapacity());
        }
    }

    private static void assertRefused(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MalformedPacketException.class,
                        e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
