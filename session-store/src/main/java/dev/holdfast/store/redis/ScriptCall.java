// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A call of one script with its own arguments, whose repetition the script itself makes harmless. */
final class ScriptCall<T> extends Call {
    /** Makes a value of an answer. */
    interface Decoder<T> {
        @Nullable
        T decode(Reply reply) throws Exception;
    }

    private final byte[][] values;
    private final Decoder<T> decoder;
    private final CompletableFuture<T> result = new CompletableFuture<>();

    ScriptCall(Script script, int slot, List<Object> keys, Decoder<T> decoder, byte[]... values) {
        super(script, slot, keys);
        this.values = values;
        this.decoder = decoder;
    }

    CompletableFuture<T> result() {
        return result;
    }

    @Override
    Object[] arguments(byte[] deadline) {
        Object[] all = new Object[values.length + 1];
        all[0] = deadline;
        System.arraycopy(values, 0, all, 1, values.length);
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
