// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call of a script that does the same with several items of one session, under one fence. While it waits, it takes in the
 * items of later calls, so that a client with many messages at QoS 2 costs one script call per batch and step.
 */
public final class ItemsCall<T> extends Call {
    /** How many items one call has at most: Redis serves nobody else while a script runs. */
    private static final int MOST = 64;

    private static final int MOST_BYTES = 256 * 1024;

    private final byte[] fence;
    private final ScriptCall.Decoder<?> fenceCheck;
    private final ScriptCall.Decoder<T> decoder;
    private final List<Item<T>> items = new ArrayList<>(1);
    private int bytes = OVERHEAD_BYTES;

    private record Item<T>(byte[][] values, CompletableFuture<T> result) {}

    /**
     * A call with one item.
     *
     * @param fence the argument by which the script knows that the session is the one that is meant
     * @param fenceCheck reads the status of an answer, and throws if it was not
     * @param decoder reads what the answer says of one item
     * @param values the arguments for the item
     */
    public ItemsCall(
            Script script,
            int slot,
            List<Object> keys,
            byte[] fence,
            ScriptCall.Decoder<?> fenceCheck,
            ScriptCall.Decoder<T> decoder,
            byte[]... values) {
        super(script, slot, keys);
        this.fence = fence;
        this.fenceCheck = fenceCheck;
        this.decoder = decoder;
        items.add(new Item<>(values, new CompletableFuture<>()));
        for (byte[] value : values) {
            bytes += value.length;
        }
    }

    /** What becomes of the item that the call was made for. */
    public CompletableFuture<T> result() {
        return items.get(0).result();
    }

    @Override
    boolean takesInOthers() {
        return true;
    }

    @Override
    @SuppressWarnings("unchecked") // the same script has the same type of answers
    boolean absorb(Call call) {
        if (!(call instanceof ItemsCall<?> later)
                || script != later.script
                || repeated
                || later.repeated
                || !Arrays.equals(fence, later.fence)
                || items.size() + later.items.size() > MOST
                || bytes + later.bytes > MOST_BYTES) {
            return false;
        }
        items.addAll(((ItemsCall<T>) later).items);
        bytes += later.bytes - OVERHEAD_BYTES;
        return true;
    }

    @Override
    public Object[] arguments(byte[] head) {
        int width = items.get(0).values().length;
        Object[] all = new Object[2 + width * items.size()];
        all[0] = head;
        all[1] = fence;
        int next = 2;
        for (Item<T> item : items) {
            System.arraycopy(item.values(), 0, all, next, width);
            next += width;
        }
        return all;
    }

    @Override
    @SuppressWarnings("CatchingUnchecked") // what a decoder throws concerns its caller, not the lane
    void answered(Reply reply) {
        try {
            fenceCheck.decode(reply);
        } catch (Exception e) {
            failed(e);
            return;
        }
        for (Item<T> item : items) {
            @Nullable T value;
            try {
                value = decoder.decode(reply);
            } catch (Exception e) {
                item.result().completeExceptionally(e);
                continue;
            }
            item.result().complete(value);
        }
    }

    @Override
    void failed(Throwable cause) {
        items.forEach(item -> item.result().completeExceptionally(cause));
    }

    @Override
    int bytes() {
        return bytes;
    }

    @Override
    int operations() {
        return items.size();
    }
}
