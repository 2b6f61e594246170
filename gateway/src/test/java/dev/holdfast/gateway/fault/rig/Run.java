// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import java.time.Duration;
import java.util.List;

/** A run of the rig: traffic while the nemesis strikes, then quiet, the end of all sessions, a census, and the verdict. */
public final class Run {
    private final Rig rig;
    private final Nemesis nemesis;
    private final Traffic traffic;
    private final Thread probe;
    private final long beganAt = System.nanoTime();

    private Run(Rig rig, long seed, Traffic traffic) {
        this.rig = rig;
        this.nemesis = new Nemesis(rig, seed);
        this.traffic = traffic;
        this.probe = new Thread(new Probe(rig), "rig-probe");
        probe.setDaemon(true);
        probe.start();
    }

    /** Traffic begins: so many messages from each publisher. */
    public static Run begin(Rig rig, FaultSchedule schedule, int messagesEach, int perSecond) {
        System.out.println("fault rig: -Dholdfast.seed=" + schedule.seed() + ", history in "
                + rig.history().file());
        return new Run(rig, schedule.seed(), Traffic.start(rig, schedule.seed(), messagesEach, perSecond));
    }

    /** Breaks something, mends it, and has the subscribers change over. */
    public void strike(FaultSchedule.Step step) {
        System.out.printf(
                "%6.1f s %s %d, %d acknowledged%n",
                (System.nanoTime() - beganAt) / 1e9, step.fault(), step.where(), traffic.acked());
        nemesis.step(step);
        traffic.move();
    }

    /** How many messages have been acknowledged. */
    public int acked() {
        return traffic.acked();
    }

    /** Has the publishers begin nothing more, however many messages they were to send. */
    public void stopPublishing() {
        traffic.stopPublishing();
    }

    /** Lets everything come to its end, and tells what must not have been. */
    public List<String> end(Duration atMost) throws InterruptedException {
        try (traffic) {
            traffic.finish(atMost);
            System.out.printf(
                    "%6.1f s %d acknowledged, %d events%n",
                    (System.nanoTime() - beganAt) / 1e9,
                    traffic.acked(),
                    rig.history().count());
            traffic.giveUp();
            probe.interrupt();
            probe.join();
            Census.take(rig);
        }
        List<String> violations = rig.history().violations();
        System.out.printf("%6.1f s over, violations: %s%n", (System.nanoTime() - beganAt) / 1e9, violations);
        return violations;
    }
}
