// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A call of one script with its own arguments, whose repetition the script itself makes harmless. */
final class ScriptCall<T> extends Call {
    /** Makes a value of an answer. */
    interface Decoder<T> {
        @Nullable
        T decode(Reply reply) throws Exception;
    }

    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final byte[] REPEATED = {'1'};
    private static final byte[] FRESH = {'0'};

    private final boolean tellsRepetition;
    private final byte[][] values;
    private final Decoder<T> decoder;
    private final CompletableFuture<T> result = new CompletableFuture<>();

    ScriptCall(Script script, int slot, List<Object> keys, Decoder<T> decoder, byte[]... values) {
        this(script, slot, keys, decoder, false, values);
    }

    private ScriptCall(
            Script script, int slot, List<Object> keys, Decoder<T> decoder, boolean tellsRepetition, byte[]... values) {
        super(script, slot, keys);
        this.tellsRepetition = tellsRepetition;
        this.values = values;
        this.decoder = decoder;
    }

    /**
     * A call whose script is told, as its second argument, whether an earlier sending may have been executed, or it has
     * waited so long that what its caller knew may have changed.
     */
    static <T> ScriptCall<T> tellingRepetition(
            Script script, int slot, List<Object> keys, Decoder<T> decoder, byte[]... values) {
        return new ScriptCall<>(script, slot, keys, decoder, true, values);
    }

    CompletableFuture<T> result() {
        return result;
    }

    @Override
    Object[] arguments(byte[] deadline) {
        int before = tellsRepetition ? 2 : 1;
        Object[] all = new Object[values.length + before];
        all[0] = deadline;
        if (tellsRepetition) {
            all[1] = repeated || System.nanoTime() - submittedAtNanos > LATE_NANOS ? REPEATED : FRESH;
        }
        System.arraycopy(values, 0, all, before, values.length);
        return all;
    }

    @Override
    @SuppressWarnings("CatchingUnchecked") // whatever a decoder throws is the answer to its caller, not to the lane
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
