// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.transport.socket.IoLoop;
import dev.holdfast.gateway.transport.socket.LoopLocal;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * What one client sends compressed, RFC 7692 section 7.2.2. Each message is compressed for itself, so an {@link Inflater} is needed while one is
 * on its way, and no longer. What little bytes become is bounded: by message, and by step, after which the others have their turn; and nothing
 * more is made of them while the listener does not read. On the loop.
 *
 * <p>A block may say that it is the last one: what comes behind it in the same message is compressed anew. A message that ends within a block is a
 * violation: what has come of it is not what its client has sent.
 */
final class Inflation {
    /** What an Inflater costs, beside the heap: its window and its tables. */
    static final int INFLATER_BYTES = 44 * 1024;

    private static final int MOST_A_STEP = 128 * 1024;
    private static final int MOST_IDLE = 4;
    /** What a new stream within a message takes of a step, as if it had become so many bytes: some clients might send nothing else. */
    private static final int STREAM_COSTS = 256;

    private static final byte[] PROOF = {'w', 'h', 'o', 'l', 'e'};
    /**
     * What the end of each message leaves out, and then a last block that is not compressed: only where the message has ended between two blocks do
     * all these bytes become {@link #PROOF} and nothing else.
     */
    private static final byte[] END = {0, 0, -1, -1, 1, 5, 0, ~5, -1, 'w', 'h', 'o', 'l', 'e'};

    private static final byte[] NOTHING = {};

    private static final LoopLocal<byte[]> OUTPUT = new LoopLocal<>(loop -> new byte[16 * 1024]);
    private static final LoopLocal<ArrayDeque<Inflater>> IDLE = new LoopLocal<>(loop -> new ArrayDeque<>(MOST_IDLE));

    /** Who gets what the messages were before. */
    interface Sink {
        /** A piece of a message. */
        void inflated(byte[] bytes, int offset, int length);

        /** Whether more may be made just now. */
        boolean wantsMore();

        /** The messages are wrong. Nothing more is to be made of them. */
        void violation(int code, String reason);
    }

    private final IoLoop loop;
    private final Sink sink;
    private final long mostBytes;
    private @Nullable Inflater inflater;
    private byte[] rest = NOTHING;
    private long messageBytes;
    private int leftOfStep;
    private int charged;
    private boolean isLast;
    /** Nothing has come of a message, or nothing behind a last block. */
    private boolean isAtBorder;

    private boolean isStopped;

    /**
     * The inflation of a client.
     *
     * @param mostBytes what a message may have been before it was compressed
     */
    Inflation(IoLoop loop, long mostBytes, Sink sink) {
        this.loop = loop;
        this.mostBytes = mostBytes;
        this.sink = sink;
    }

    /** Begins a step. */
    void step() {
        leftOfStep = MOST_A_STEP;
    }

    /** Whether something of what was taken waits for {@link #goOn}; until then nothing may be taken. */
    boolean isStopped() {
        return isStopped;
    }

    /** What is held between two steps, in bytes. */
    int heldBytes() {
        return (inflater == null ? 0 : INFLATER_BYTES) + rest.length;
    }

    /** What the account of memory has been charged for it, in bytes. */
    int charged() {
        return charged;
    }

    /** The account of memory has been charged so much for it. */
    void charged(int bytes) {
        charged = bytes;
    }

    /**
     * Takes a piece of a message.
     *
     * @param ends whether the message ends with it
     */
    void take(byte[] bytes, int offset, int length, boolean ends) {
        Inflater working = inflater;
        if (working == null) {
            Inflater idle = loop.local(IDLE).poll();
            working = idle == null ? new Inflater(true) : idle;
            inflater = working;
            messageBytes = 0;
            isAtBorder = true;
        }
        isLast = ends;
        isAtBorder &= length == 0;
        working.setInput(bytes, offset, length);
        work(working, bytes, offset + length);
    }

    /** Goes on with what waits. */
    void goOn() {
        Inflater working = inflater;
        if (working != null) {
            isStopped = false;
            byte[] from = rest;
            rest = NOTHING;
            work(working, from, from.length);
        }
    }

    /** Gives the Inflater back, in the middle of a message or not. Once or more often. */
    void close() {
        Inflater working = inflater;
        if (working != null) {
            inflater = null;
            rest = NOTHING;
            isStopped = false;
            ArrayDeque<Inflater> idle = loop.local(IDLE);
            if (idle.size() < MOST_IDLE) {
                working.reset();
                idle.add(working);
            } else {
                working.end();
            }
        }
    }

    private void work(Inflater working, byte[] input, int inputEnd) {
        byte[] output = loop.local(OUTPUT);
        try {
            while (inflater == working) {
                if (leftOfStep <= 0 || !sink.wantsMore()) {
                    stop(working, input, inputEnd);
                    return;
                }
                int count = working.inflate(output);
                if (count > 0) {
                    leftOfStep -= count;
                    messageBytes += count;
                    if (messageBytes > mostBytes) {
                        fail(FrameReader.TOO_BIG, "message too big");
                        return;
                    }
                    sink.inflated(output, 0, count);
                } else if (working.finished()) {
                    int left = working.getRemaining();
                    working.reset();
                    working.setInput(input, inputEnd - left, left);
                    isAtBorder = left == 0;
                    leftOfStep -= STREAM_COSTS;
                } else if (working.needsInput()) {
                    if (isLast && (isAtBorder || isBetweenBlocks(working, output))) {
                        close();
                    } else if (isLast) {
                        fail(FrameReader.PROTOCOL_ERROR, "compressed message cut off");
                    }
                    return;
                } else {
                    fail(FrameReader.PROTOCOL_ERROR, "a preset dictionary");
                    return;
                }
            }
        } catch (DataFormatException none) {
            fail(FrameReader.PROTOCOL_ERROR, "not compressed");
        }
    }

    private static boolean isBetweenBlocks(Inflater working, byte[] output) throws DataFormatException {
        working.setInput(END);
        int count = working.inflate(output);
        return working.finished()
                && working.getRemaining() == 0
                && Arrays.equals(output, 0, count, PROOF, 0, PROOF.length);
    }

    /** The input is the read buffer of the loop, or what was left of it. */
    private void stop(Inflater working, byte[] input, int inputEnd) {
        isStopped = true;
        rest = Arrays.copyOfRange(input, inputEnd - working.getRemaining(), inputEnd);
        working.setInput(rest);
    }

    private void fail(int code, String reason) {
        close();
        sink.violation(code, reason);
    }
}
