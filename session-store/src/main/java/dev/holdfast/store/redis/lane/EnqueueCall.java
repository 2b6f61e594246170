// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.EnqueueMode;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A call that enqueues messages for one session. While it waits, it takes in the messages of later calls, so that a session
 * with many messages costs one script call per batch.
 */
public final class EnqueueCall extends Call {
    /** How many messages one call takes at most: Redis serves nobody else while a script runs. */
    private static final int MOST = 64;

    private static final int MOST_BYTES = 256 * 1024;

    /** Hears what has become of one message: an outcome or a failure. */
    public interface Callback extends BiConsumer<@Nullable Enqueued, @Nullable Throwable> {}

    private record Entry(byte[] bytes, boolean mayRepeat, Callback answer) {}

    /** The epoch with which the session began that is meant. */
    private final long born;

    private final boolean onlyOnline;

    private final List<Entry> entries = new ArrayList<>(1);
    private int bytes = OVERHEAD_BYTES;

    /**
     * A call with one message.
     *
     * @param keys of the session, its queue and its seen ids
     * @param target which session is meant
     * @param entry the message as {@code MessageCodec} encodes it
     * @param mayRepeat whether the caller may have sent the message before
     */
    public EnqueueCall(
            int slot, List<Object> keys, EnqueueTarget target, byte[] entry, boolean mayRepeat, Callback answer) {
        super(Script.ENQUEUE, slot, keys);
        this.born = target.born();
        this.onlyOnline = target.onlyOnline();
        entries.add(new Entry(entry, mayRepeat, answer));
        bytes += entry.length;
    }

    @Override
    boolean takesInOthers() {
        return true;
    }

    @Override
    boolean absorb(Call call) {
        if (!(call instanceof EnqueueCall later)
                || repeated
                || born != later.born
                || onlyOnline != later.onlyOnline
                || entries.size() + later.entries.size() > MOST
                || bytes + later.bytes > MOST_BYTES) {
            return false;
        }
        entries.addAll(later.entries);
        bytes += later.bytes - OVERHEAD_BYTES;
        return true;
    }

    @Override
    public Object[] arguments(byte[] head) {
        Object[] all = new Object[2 + 2 * entries.size()];
        all[0] = head;
        all[1] = onlyOnline ? Arguments.utf8("-" + born) : Arguments.ascii(born);
        int next = 2;
        for (Entry entry : entries) {
            // What the caller repeats may have been stored by another call, so it is never answered as this call's own.
            all[next++] = mode(entry).argument();
            all[next++] = entry.bytes();
        }
        return all;
    }

    private EnqueueMode mode(Entry entry) {
        if (entry.mayRepeat()) {
            return EnqueueMode.CALLER_REPEATS;
        }
        if (repeated) {
            return EnqueueMode.WE_REPEAT;
        }
        return MessageCodec.qos(entry.bytes()) == 2 ? EnqueueMode.FRESH_ONCE : EnqueueMode.FRESH;
    }

    @Override
    void answered(Reply reply) {
        int status = reply.peekStatus();
        if (status == Reply.NO_SESSION || status == Reply.AWAY) {
            Enqueued none =
                    new Enqueued(status == Reply.AWAY ? Enqueued.Result.AWAY : Enqueued.Result.NO_SESSION, 0, null, 0);
            for (Entry entry : entries) {
                entry.answer().accept(none, null);
            }
            return;
        }
        reply.status();
        String owner = reply.text();
        String ownerOrNull = owner.isEmpty() ? null : owner;
        if (status == Reply.ALL_STORED) {
            long seq = reply.number();
            for (Entry entry : entries) {
                entry.answer().accept(new Enqueued(Enqueued.Result.STORED, seq++, ownerOrNull, 0), null);
            }
            return;
        }
        for (Entry entry : entries) {
            Enqueued.Result result = switch (reply.status()) {
                case Reply.STORED -> Enqueued.Result.STORED;
                case Reply.DROPPED -> Enqueued.Result.DROPPED;
                default -> Enqueued.Result.REPEATED;
            };
            long seq = reply.number();
            entry.answer().accept(new Enqueued(result, seq, ownerOrNull, (int) reply.number()), null);
        }
    }

    @Override
    void failed(Throwable cause) {
        for (Entry entry : entries) {
            entry.answer().accept(null, cause);
        }
    }

    @Override
    int bytes() {
        return bytes;
    }

    @Override
    int operations() {
        return entries.size();
    }
}
