// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

/**
 * The ordered writers of one connection. All calls on one slot go through one lane, and lanes own ranges of slots, so
 * that on a cluster a lane mostly speaks to one master.
 */
final class Lanes {
    private final Lane[] lanes;

    Lanes(Lane.Line line, RedisSettings settings, LaneMeter meter) {
        lanes = new Lane[settings.lanes()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Lane(line, settings, meter);
        }
    }

    /** Takes a call to be sent after all that were submitted before for the same slot. */
    void submit(Call call) {
        lanes[call.slot * lanes.length / RedisKeys.SLOTS].submit(call);
    }

    /** Whether half of what may wait in some lane is there. */
    boolean areBehind() {
        for (Lane lane : lanes) {
            if (lane.isBehind()) {
                return true;
            }
        }
        return false;
    }

    /** How many operations wait or are under way in all of them. */
    long waiting() {
        long sum = 0;
        for (Lane lane : lanes) {
            sum += lane.waiting();
        }
        return sum;
    }

    void close() {
        for (Lane lane : lanes) {
            lane.close();
        }
    }

    /** Fails all that is left, after the last thread that could run a lane has ended. */
    void abandon() {
        for (Lane lane : lanes) {
            lane.abandon();
        }
    }
}
