// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.script.Script;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * The calls that wait in one lane, and the order in which they leave. On the thread that runs the lane.
 *
 * <p>A batch is pipelined, not atomic. While Redis takes it in, another client may load missing scripts, so that of two calls
 * in one batch the first one fails with NOSCRIPT and the second one succeeds. Two enqueue calls of one session, or two changes
 * of its subscriptions, must never change places that way. Therefore a batch holds at most one enqueue call (of many messages)
 * and one change of subscriptions of a session; the next one waits for the next batch.
 */
final class LaneQueue {
    private static final int MOST_OPERATIONS = 512;
    private static final int MOST_BYTES = 1024 * 1024;

    private final ArrayDeque<Call> waiting = new ArrayDeque<>();
    /** By session, the last call of it that waits, if that is one which later calls may join. */
    private final Map<Object, Call> open = new HashMap<>();

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** The slot of the next call. Only while the queue is not empty. */
    int nextSlot() {
        return waiting.element().slot;
    }

    /** Takes a call in; false if a call that waits already has taken in what it was to do. */
    boolean add(Call call) {
        Object session = call.keys.get(0);
        Call before = open.get(session);
        if (before != null && !call.first && before.absorb(call)) {
            return false;
        }
        if (call.takesInOthers()) {
            open.put(session, call);
        } else if (before != null) {
            // Later calls must not overtake this one, so they do not join the one before it.
            open.remove(session);
        }
        if (call.first) {
            waiting.addFirst(call);
        } else {
            waiting.add(call);
        }
        return true;
    }

    /** Puts calls before all calls that wait; they keep their order. */
    void putBack(List<Call> calls) {
        for (int i = calls.size() - 1; i >= 0; i--) {
            waiting.addFirst(calls.get(i));
        }
    }

    /** Takes out the next calls for one master, as many as one batch holds. */
    List<Call> nextBatch(Object master, IntFunction<Object> masterOfSlot) {
        List<Call> batch = new ArrayList<>(Math.min(waiting.size(), MOST_OPERATIONS));
        List<Call> passedOver = new ArrayList<>();
        Set<Object> enqueuing = new HashSet<>();
        Set<Object> subscribing = new HashSet<>();
        Set<Object> held = new HashSet<>();
        int operations = 0;
        long bytes = 0;
        while (!waiting.isEmpty() && operations < MOST_OPERATIONS && bytes < MOST_BYTES) {
            Call call = waiting.poll();
            Object its = masterOfSlot.apply(call.slot);
            Object key = call.keys.get(0);
            boolean changes = call.script == Script.SUBSCRIBE || call.script == Script.UNSUBSCRIBE;
            boolean isSecond =
                    (call instanceof EnqueueCall && enqueuing.contains(key)) || (changes && !subscribing.add(key));
            if (!its.equals(master) || isSecond || held.contains(key)) {
                held.add(key);
                passedOver.add(call);
                continue;
            }
            if (call instanceof EnqueueCall) {
                enqueuing.add(key);
            }
            left(call);
            batch.add(call);
            operations += call.operations();
            bytes += call.bytes();
        }
        putBack(passedOver);
        return batch;
    }

    /** Takes out the calls for which a condition is true, in order. */
    List<Call> remove(Predicate<Call> condition) {
        List<Call> taken = new ArrayList<>();
        for (Iterator<Call> it = waiting.iterator(); it.hasNext(); ) {
            Call call = it.next();
            if (condition.test(call)) {
                it.remove();
                left(call);
                taken.add(call);
            }
        }
        return taken;
    }

    private void left(Call call) {
        if (call.takesInOthers()) {
            open.remove(call.keys.get(0), call);
        }
    }

    /** The slots of waiting calls for which a condition is true. */
    Set<Integer> slots(IntPredicate condition) {
        Set<Integer> slots = new HashSet<>();
        for (Call call : waiting) {
            if (!slots.contains(call.slot) && condition.test(call.slot)) {
                slots.add(call.slot);
            }
        }
        return slots;
    }
}
