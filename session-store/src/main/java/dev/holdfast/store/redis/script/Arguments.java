// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SeqRange;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Values encoded as arguments of scripts. */
public final class Arguments {
    /** An empty argument. */
    public static final byte[] NOTHING = {};
    /** The length of a {@link #nonce}, in bytes. */
    public static final int NONCE_BYTES = 8;
    /** The length of {@link #limits}, in bytes. */
    static final int LIMITS_BYTES = 17;
    /** Bytes of a seq. */
    private static final int SEQ = 6;

    private static final byte[] YES = {'1'};
    private static final byte[] NO = {'0'};

    private Arguments() {}

    /** {@code 1} or {@code 0}. */
    public static byte[] flag(boolean is) {
        return is ? YES : NO;
    }

    /** A number in decimal digits. */
    public static byte[] ascii(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    /** A text in UTF-8. */
    public static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Queue limits: 4 bytes messages, 8 bytes, 1 whether the newest message is dropped, 4 messages in flight. */
    public static byte[] limits(QueueLimits limits) {
        return ByteBuffer.allocate(LIMITS_BYTES)
                .putInt(limits.maxMessages())
                .putLong(Math.min(limits.maxBytes(), 1L << 52))
                .put((byte) (limits.whenFull() == QueueLimits.DropPolicy.DROP_NEWEST ? 1 : 0))
                .putInt(limits.inflight())
                .array();
    }

    /** Ranges of seqs, 12 bytes each: the first seq and the last. */
    public static byte[] ranges(List<SeqRange> ranges) {
        ByteBuffer all = ByteBuffer.allocate(2 * SEQ * ranges.size());
        for (SeqRange range : ranges) {
            putSeq(all, range.first());
            putSeq(all, range.last());
        }
        return all.array();
    }

    /** The way back from {@link #ranges(List)}. */
    public static List<SeqRange> ranges(byte[] encoded) {
        List<SeqRange> ranges = new ArrayList<>(encoded.length / (2 * SEQ));
        ByteBuffer all = ByteBuffer.wrap(encoded);
        while (all.remaining() >= 2 * SEQ) {
            ranges.add(new SeqRange(seq(all), seq(all)));
        }
        return ranges;
    }

    private static void putSeq(ByteBuffer to, long seq) {
        to.putShort((short) (seq >>> Integer.SIZE)).putInt((int) seq);
    }

    private static long seq(ByteBuffer from) {
        return (long) Short.toUnsignedInt(from.getShort()) << Integer.SIZE | Integer.toUnsignedLong(from.getInt());
    }

    /** A random number by which Redis knows a repetition of a call. */
    public static byte[] nonce() {
        return ByteBuffer.allocate(NONCE_BYTES)
                .putLong(ThreadLocalRandom.current().nextLong())
                .array();
    }
}
