// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A call of one script with its own arguments. The script is such that a repetition of the call does no harm. */
public final class ScriptCall<T> extends Call {
    /** Makes a value of an answer. On a thread of Redisson. */
    public interface Decoder<T> {
        @Nullable
        T decode(Reply reply) throws Exception;
    }

    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final byte[] YES = {'1'};
    private static final byte[] NO = {'0'};

    /** What the second argument tells a script about its own call. */
    private enum Tells {
        NOTHING,
        REPETITION,
        LATENESS
    }

    private final Tells tells;
    private final byte[][] values;
    private final Decoder<T> decoder;
    private final CompletableFuture<T> result = new CompletableFuture<>();

    /** A call of a script; the head of the batch stands before its values. */
    public ScriptCall(Script script, int slot, List<Object> keys, Decoder<T> decoder, byte[]... values) {
        this(script, slot, keys, decoder, Tells.NOTHING, values);
    }

    private ScriptCall(Script script, int slot, List<Object> keys, Decoder<T> decoder, Tells tells, byte[]... values) {
        super(script, slot, keys);
        this.tells = tells;
        this.values = values;
        this.decoder = decoder;
    }

    /** A call whose script is told whether Redis may have executed an earlier sending. */
    public static <T> ScriptCall<T> tellingRepetition(
            Script script, int slot, List<Object> keys, Decoder<T> decoder, byte[]... values) {
        return new ScriptCall<>(script, slot, keys, decoder, Tells.REPETITION, values);
    }

    /**
     * A call whose script is told whether Redis may have executed an earlier sending, or whether the call has waited so long (1 s)
     * that what its caller knew may have changed.
     */
    public static <T> ScriptCall<T> tellingLateness(
            Script script, int slot, List<Object> keys, Decoder<T> decoder, byte[]... values) {
        return new ScriptCall<>(script, slot, keys, decoder, Tells.LATENESS, values);
    }

    /** Has the call fail as soon as its part of Redis is away. */
    public ScriptCall<T> ifServed() {
        dispensable = true;
        return this;
    }

    /** What becomes of the call. */
    public CompletableFuture<T> result() {
        return result;
    }

    @Override
    public Object[] arguments(byte[] head) {
        int before = tells == Tells.NOTHING ? 1 : 2;
        Object[] all = new Object[values.length + before];
        all[0] = head;
        if (tells != Tells.NOTHING) {
            boolean isLate = tells == Tells.LATENESS && System.nanoTime() - submittedAtNanos > LATE_NANOS;
            all[1] = repeated || isLate ? YES : NO;
        }
        System.arraycopy(values, 0, all, before, values.length);
        return all;
    }

    @Override
    @SuppressWarnings("CatchingUnchecked") // what a decoder throws concerns its caller, not the lane
    void answered(Reply reply) {
        @Nullable T value;
        try {
            value = decoder.decode(reply);
        } catch (Exception e) {
            result.completeExceptionally(e);
            return;
        }
        result.complete(value);
    }

    @Override
    void failed(Throwable cause) {
        result.completeExceptionally(cause);
    }

    @Override
    int bytes() {
        int sum = OVERHEAD_BYTES;
        for (byte[] value : values) {
            sum += value.length;
        }
        return sum;
    }
}
