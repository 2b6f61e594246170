// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * However a stream is cut into reads, the same packets come out, and no more is held than came.
 *
 * <p>Jazzer runs it when asked by name; {@link FuzzReplayTest} replays its inputs in every build.
 */
final class FramerFuzz {
    private static final int MAX_PACKET_BYTES = 4096;

    /** The first byte says how the rest is cut. */
    @FuzzTest(maxDuration = "1m")
    void splitsGiveTheSamePackets(byte[] data) {
        if (data.length == 0) {
            return;
        }
        boolean behindConnect = (data[0] & 1) != 0;
        Random random = new Random(data[0]);
        byte[] stream = Arrays.copyOfRange(data, 1, data.length);

        Outcome whole = new Outcome(behindConnect, 0);
        whole.feed(stream, 0, stream.length);
        Outcome split = new Outcome(behindConnect, random.nextInt(3));
        int at = 0;
        while (at < stream.length) {
            int length = Math.min(stream.length - at, 1 + random.nextInt(1 + random.nextInt(64)));
            split.feed(stream, at, length);
            at += length;
        }
        split.resumeAll();

        assertThat(split.refusal).isEqualTo(whole.refusal);
        assertThat(split.packets).isEqualTo(whole.packets);
        assertThat(split.framer.heldBytes()).isEqualTo(whole.framer.heldBytes());
    }

    /** What came out of one framer. */
    private static final class Outcome implements Framer.Sink {
        private final List<String> packets = new ArrayList<>();
        private final Framer framer = new Framer(MAX_PACKET_BYTES);
        private final int stopsEvery;
        private String refusal = "none";
        private int fed;
        private int passed;

        Outcome(boolean behindConnect, int stopsEvery) {
            this.stopsEvery = stopsEvery;
            if (behindConnect) {
                byte[] connect = Sample.connectWithEverything();
                try {
                    framer.feed(connect, 0, connect.length, (buffer, offset, length) -> true);
                } catch (MalformedPacketException e) {
                    throw new AssertionError(e);
                }
            }
        }

        @Override
        public boolean packet(byte[] buffer, int offset, int length) {
            packets.add(Arrays.toString(Arrays.copyOfRange(buffer, offset, offset + length)));
            passed += length;
            return stopsEvery == 0 || packets.size() % stopsEvery != 0;
        }

        void feed(byte[] bytes, int offset, int length) {
            if (!refusal.equals("none")) {
                return;
            }
            try {
                fed += length;
                framer.feed(bytes, offset, length, this);
                requireNoMoreHeldThanCame();
                if (length % 2 == 0) {
                    framer.resume(this);
                    requireNoMoreHeldThanCame();
                }
            } catch (MalformedPacketException e) {
                refused(e);
            }
        }

        void resumeAll() {
            if (!refusal.equals("none")) {
                return;
            }
            try {
                int before;
                do {
                    before = passed;
                    framer.resume(this);
                    requireNoMoreHeldThanCame();
                } while (passed > before);
            } catch (MalformedPacketException e) {
                refused(e);
            }
        }

        private void requireNoMoreHeldThanCame() {
            assertThat(framer.heldBytes()).isEqualTo(fed - passed);
            assertThat(framer.heldCapacity()).isLessThanOrEqualTo(2 * fed);
            if (framer.heldBytes() == 0) {
                assertThat(framer.heldCapacity()).isZero();
            }
        }

        private void refused(MalformedPacketException e) {
            refusal = e.kind() + " " + e.getMessage();
            assertThat(framer.heldCapacity()).isZero();
        }
    }
}
