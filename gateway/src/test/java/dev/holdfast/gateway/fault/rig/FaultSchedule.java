// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Which faults come, in which order, where, and how long after each other: all of it follows from the seed. */
public final class FaultSchedule {
    private final long seed;
    private final Random random;

    /**
     * One step.
     *
     * @param restMillis how long all is quiet before
     * @param fault what is done
     * @param where which of the gateways, or of the masters
     */
    public record Step(long restMillis, Fault fault, int where) {}

    private FaultSchedule(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** By the seed that {@code -Dholdfast.seed} gives, else by a new one. */
    public static FaultSchedule seeded() {
        return of(Long.getLong("holdfast.seed", System.nanoTime() & 0xFFFFFF));
    }

    static FaultSchedule of(long seed) {
        return new FaultSchedule(seed);
    }

    public long seed() {
        return seed;
    }

    /** Each of these once, shuffled. */
    public List<Step> each(List<Fault> faults, int places) {
        List<Fault> shuffled = new ArrayList<>(faults);
        Collections.shuffle(shuffled, random);
        return shuffled.stream().map(fault -> step(fault, places)).toList();
    }

    /** Any one of these. */
    public Step any(List<Fault> faults, int places) {
        return step(faults.get(random.nextInt(faults.size())), places);
    }

    private Step step(Fault fault, int places) {
        return new Step(500L + random.nextInt(2_500), fault, random.nextInt(places));
    }
}
