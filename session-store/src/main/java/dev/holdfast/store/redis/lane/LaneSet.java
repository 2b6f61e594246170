// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.script.RedisKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;

/**
 * The lanes of one connection: several for each master, each for a range of slots. Calls for one master never wait behind
 * calls for another master.
 *
 * <p>All calls on one slot that wait or are under way are in one lane, even if the slot moves to another master meanwhile. A
 * lane that finds calls which another master serves now hands over all calls on their slots. Any thread.
 */
public final class LaneSet {
    private static final int STRIPES = 256;

    private final BatchLine line;
    private final RedisSettings settings;
    private final LaneMeter meter;
    private final boolean isShared;
    private final Lane[] whole;
    private final Map<Object, Lane[]> byMaster = new ConcurrentHashMap<>();
    /** The lanes of all masters; this array is replaced, never changed. */
    private volatile Lane[] all;

    private volatile boolean closed;

    /** On a cluster, the lane of each slot that has calls; guarded by the slot's stripe. */
    private final Lane[] laneOfSlot;

    private final AtomicIntegerArray callsOfSlot;
    private final Object[] stripes = new Object[STRIPES];

    /**
     * The lanes of a connection.
     *
     * @param isShared whether slots belong to several masters
     */
    public LaneSet(BatchLine line, RedisSettings settings, LaneMeter meter, boolean isShared) {
        this.line = line;
        this.settings = settings;
        this.meter = meter;
        this.isShared = isShared;
        whole = isShared ? new Lane[0] : lanes(line.part(0));
        all = whole;
        laneOfSlot = new Lane[isShared ? RedisKeys.SLOTS : 0];
        callsOfSlot = new AtomicIntegerArray(laneOfSlot.length);
        Arrays.setAll(stripes, i -> new Object());
    }

    private Lane[] lanes(Object part) {
        Lane[] lanes = new Lane[settings.lanes()];
        SlotMoves moves = isShared ? new SharedSlots() : SlotMoves.NONE;
        Arrays.setAll(lanes, i -> new Lane(line, part, settings, meter, moves));
        return lanes;
    }

    /** Takes a call; it is sent after all calls on the same slot that were submitted before. */
    public void submit(Call call) {
        if (!isShared) {
            whole[call.slot * whole.length / RedisKeys.SLOTS].submit(call);
            return;
        }
        Lane lane;
        boolean isTaken;
        synchronized (stripe(call.slot)) {
            if (callsOfSlot.getAndIncrement(call.slot) == 0) {
                laneOfSlot[call.slot] = laneNow(call.slot);
            }
            lane = laneOfSlot[call.slot];
            isTaken = lane.take(call);
        }
        if (isTaken) {
            lane.wake();
        } else {
            lane.refuse(call);
        }
    }

    private Object stripe(int slot) {
        return stripes[slot % STRIPES];
    }

    private Lane laneNow(int slot) {
        Object part = line.part(slot);
        Lane[] lanes = byMaster.get(part);
        if (lanes == null) {
            lanes = byMaster.computeIfAbsent(part, this::added);
        }
        return lanes[slot * lanes.length / RedisKeys.SLOTS];
    }

    private synchronized Lane[] added(Object part) {
        Lane[] lanes = lanes(part);
        List<Lane> more = new ArrayList<>(List.of(all));
        more.addAll(List.of(lanes));
        all = more.toArray(new Lane[0]);
        if (closed) {
            Arrays.stream(lanes).forEach(Lane::close);
        }
        return lanes;
    }

    /** Moves calls from lane to lane on a cluster, whose slots move from master to master. */
    private final class SharedSlots implements SlotMoves {
        @Override
        public void ended(int slot) {
            callsOfSlot.decrementAndGet(slot);
        }

        @Override
        public void astray(Lane from, Set<Integer> slots) {
            for (int slot : slots) {
                Lane to;
                synchronized (stripe(slot)) {
                    to = laneNow(slot);
                    if (to == from) {
                        continue;
                    }
                    laneOfSlot[slot] = to;
                    from.handOver(slot, to);
                }
                to.wake();
            }
        }
    }

    /** Whether there is more than half of what may wait in some lane. */
    public boolean areBehind() {
        for (Lane lane : all) {
            if (lane.isBehind()) {
                return true;
            }
        }
        return false;
    }

    /** Whether there is more than half of what may wait in the lane of a slot. */
    public boolean isBehind(int slot) {
        return (isShared ? laneNow(slot) : whole[slot * whole.length / RedisKeys.SLOTS]).isBehind();
    }

    /** How many operations wait or are under way in all of them. */
    public long waiting() {
        long sum = 0;
        for (Lane lane : all) {
            sum += lane.waiting();
        }
        return sum;
    }

    /** Fails the calls that wait. The batches in flight still get their answers. */
    public void close() {
        closed = true;
        each(Lane::close);
    }

    /** Fails all that is left, after the last thread that could run a lane has ended. */
    public void abandon() {
        each(Lane::abandon);
    }

    private synchronized void each(Consumer<Lane> what) {
        for (Lane lane : all) {
            what.accept(lane);
        }
    }
}
