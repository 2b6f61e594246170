// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import java.util.List;

/**
 * One script call on its way through a lane. Belongs to whoever submits it until {@link LaneSet#submit}, then to its
 * lane alone.
 */
public abstract class Call {
    /** What a call costs besides its arguments: its own object, Redisson's command and their headers. */
    static final int OVERHEAD_BYTES = 256;

    public final Script script;
    final int slot;
    public final List<Object> keys;
    public long submittedAtNanos;
    long givenUpAtNanos;
    /** Whether an earlier sending of this call may have been executed. */
    boolean repeated;
    /** Whether it waits for Redis as long as it takes, unless its outcome has become unknown. */
    public boolean waits;
    /** Whether it fails as soon as the part of Redis that it is for is away, since its caller can do without. */
    boolean dispensable;
    /** Whether it goes before all that waits already, whatever the bounds of that are. */
    public boolean first;

    public Call(Script script, int slot, List<Object> keys) {
        this.script = script;
        this.slot = slot;
        this.keys = keys;
        this.waits = script.isOwed();
    }

    /** The script's arguments behind the head of its batch. */
    public abstract Object[] arguments(byte[] head);

    /** The answer has come; status LATE never gets here. On a thread of Redisson. */
    abstract void answered(Reply reply);

    /** No answer comes any more. On any thread. */
    abstract void failed(Throwable cause);

    abstract int bytes();

    /** How many operations this call stands for. */
    int operations() {
        return 1;
    }
}
