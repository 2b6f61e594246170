// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import java.util.List;

/**
 * One script call on its way through a lane. Until {@link LaneSet#submit} it belongs to the thread that submits it, then to
 * its lane alone.
 */
public abstract class Call {
    /** The bytes of a call besides its arguments: its own object, the command of Redisson, and their headers. */
    static final int OVERHEAD_BYTES = 256;

    public final Script script;
    final int slot;
    public final List<Object> keys;
    public long submittedAtNanos;
    long givenUpAtNanos;
    /** Whether Redis may have executed an earlier sending of this call. */
    boolean repeated;
    /** Whether the call waits for Redis as long as it takes. It does no more once its outcome is unknown. */
    public boolean waits;
    /** Whether the call fails as soon as its part of Redis is away, since the caller can do without it. */
    boolean dispensable;
    /** Whether the call goes before all calls that wait already, even when there is no room. */
    public boolean first;

    Call(Script script, int slot, List<Object> keys) {
        this.script = script;
        this.slot = slot;
        this.keys = keys;
        this.waits = script.isOwed();
    }

    /** The arguments of the script: the head of the batch, then its own. */
    public abstract Object[] arguments(byte[] head);

    /** The answer has come. Its status is never LATE: the lane repeats such a call. On a thread of Redisson. */
    abstract void answered(Reply reply);

    /** No answer will come. On any thread. */
    abstract void failed(Throwable cause);

    /** Whether later calls on the same session may join this one while it waits. */
    boolean takesInOthers() {
        return false;
    }

    /** Takes in a later call on the same session; false if it does not fit. This call then does what that one was to do. */
    boolean absorb(Call later) {
        return false;
    }

    /** How many bytes the call holds while it waits. */
    abstract int bytes();

    /** How many operations the call consists of. */
    int operations() {
        return 1;
    }
}
