// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelPipe;
import org.xnio.IoUtils;
import org.xnio.XnioIoThread;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.channels.StreamSourceChannel;

/**
 * The long work of one loop: work that takes longer than one turn may last is done in slices. The owners of such work take turns, one slice
 * each, however much work each of them has. Between two rounds of slices the loop serves every socket that is ready. Used on the
 * loop's thread only.
 *
 * <p>XNIO runs tasks until there are none before it looks at the sockets again, and its shortest timer is a millisecond that
 * would pass in idleness. The rounds therefore come by a socket of their own: the write end of a pipe into which nothing is
 * ever written. While there is work, the selector is asked whether it can be written to; it always can, so each look at the
 * sockets brings one round, and finds all the others that are ready at the same time.
 *
 * <p>What slices have written to wires leaves some at a time, too: one write costs the time of ten deliveries. A wire that
 * waits for its turn gathers what further slices have for it.
 */
final class LongWork {
    private static final Logger LOG = LoggerFactory.getLogger(LongWork.class);
    /** How long one round lasts, its last slice aside. */
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** How much of it is for what has been written. */
    private static final long FLUSH_NANOS = ROUND_NANOS / 2;

    private static final int FLUSHES_BETWEEN_CLOCK_LOOKS = 16;

    private static final Duration WITHOUT_A_PIPE = Duration.ofMillis(1);

    private final IoLoop loop;
    private final XnioIoThread thread;
    /** By owner, what is to be done for it, in order; those whose turn comes sooner stand in front. */
    private final Map<Object, ArrayDeque<BooleanSupplier>> byOwner = new LinkedHashMap<>();

    /** What slices have written to, in the order of the first write. */
    private final ArrayDeque<Runnable> flushes = new ArrayDeque<>();

    private boolean isInSlice;
    private @Nullable StreamSinkChannel rounds;
    private @Nullable StreamSourceChannel otherEnd;
    private boolean isUnderWay;
    private boolean isClosed;

    LongWork(IoLoop loop, XnioIoThread thread) {
        this.loop = loop;
        this.thread = thread;
    }

    /**
     * Begins something in the next round.
     *
     * @param owner for whom it is done; equal owners share their turns
     * @param slice does a part that takes some 0.1 ms, and answers whether that was the last one
     */
    void add(Object owner, BooleanSupplier slice) {
        byOwner.computeIfAbsent(owner, any -> new ArrayDeque<>(1)).add(slice);
        begin();
    }

    /** Whether one of the slices is running. */
    boolean isInSlice() {
        return isInSlice;
    }

    /** Has what a slice has written to a wire leave in its turn. */
    void flushInTurn(Runnable flush) {
        flushes.add(flush);
        begin();
    }

    private void begin() {
        if (!isUnderWay) {
            isUnderWay = true;
            resume();
        }
    }

    /** Gives the pipe back, which would keep the thread from ending; what is left goes on by the clock. */
    void close() {
        isClosed = true;
        IoUtils.safeClose(rounds);
        IoUtils.safeClose(otherEnd);
        rounds = null;
        if (isUnderWay) {
            loop.after(WITHOUT_A_PIPE, this::round);
        }
    }

    private void resume() {
        if (isClosed) {
            loop.after(WITHOUT_A_PIPE, this::round);
            return;
        }
        try {
            StreamSinkChannel sink = rounds;
            if (sink == null) {
                sink = open();
                rounds = sink;
            }
            sink.resumeWrites();
        } catch (IOException outOfDescriptors) {
            LOG.debug("long work goes by the clock, for there is no pipe", outOfDescriptors);
            loop.after(WITHOUT_A_PIPE, this::round);
        }
    }

    private StreamSinkChannel open() throws IOException {
        ChannelPipe<StreamSourceChannel, StreamSinkChannel> pipe = thread.createHalfDuplexPipe();
        otherEnd = pipe.getLeftSide();
        StreamSinkChannel sink = pipe.getRightSide();
        sink.getWriteSetter().set(ready -> {
            loop.refreshClock();
            round();
        });
        return sink;
    }

    private void round() {
        long now = System.nanoTime();
        long end = now + ROUND_NANOS;
        now = flush(byOwner.isEmpty() ? end : now + FLUSH_NANOS);
        while (!byOwner.isEmpty() && now - end < 0) {
            slice();
            now = System.nanoTime();
        }
        if (byOwner.isEmpty() && flushes.isEmpty()) {
            isUnderWay = false;
            if (rounds != null) {
                rounds.suspendWrites();
            }
        } else if (rounds == null) {
            loop.after(WITHOUT_A_PIPE, this::round);
        }
    }

    /** Has some of what was written leave, until that time; answers what time it is then. */
    private long flush(long until) {
        long now = System.nanoTime();
        while (!flushes.isEmpty() && now - until < 0) {
            for (int i = 0; i < FLUSHES_BETWEEN_CLOCK_LOOKS && !flushes.isEmpty(); i++) {
                Guard.run(flushes.remove());
            }
            now = System.nanoTime();
        }
        return now;
    }

    /** One slice for the owner whose turn it is, who then stands behind the others. */
    private void slice() {
        Iterator<Map.Entry<Object, ArrayDeque<BooleanSupplier>>> owners =
                byOwner.entrySet().iterator();
        if (!owners.hasNext()) {
            return;
        }
        Map.Entry<Object, ArrayDeque<BooleanSupplier>> next = owners.next();
        Object owner = next.getKey();
        ArrayDeque<BooleanSupplier> its = next.getValue();
        owners.remove();
        isInSlice = true;
        boolean isDone = isDone(its.element());
        isInSlice = false;
        if (isDone) {
            its.remove();
        }
        if (!its.isEmpty()) {
            ArrayDeque<BooleanSupplier> added = byOwner.put(owner, its);
            if (added != null) {
                its.addAll(added); // by the slice itself
            }
        }
    }

    /** Something that fails is told, and is over. */
    private static boolean isDone(BooleanSupplier slice) {
        boolean[] done = {true};
        Guard.run(() -> done[0] = slice.getAsBoolean());
        return done[0];
    }
}
