// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.fault.checker.History;
import dev.holdfast.gateway.fault.rig.Fault;
import dev.holdfast.gateway.fault.rig.FaultSchedule;
import dev.holdfast.gateway.fault.rig.Redis;
import dev.holdfast.gateway.fault.rig.Rig;
import dev.holdfast.gateway.fault.rig.Run;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Three gateways on a Redis Cluster of three masters and three replicas, broken again and again for half an hour, or
 * for as long as {@code -Dholdfast.minutes} says. A message counts as stored when the replica has it, so that a master
 * may be lost. {@code -Dholdfast.seed} repeats the order of the faults.
 */
@Tag("long")
final class LongRunTest {
    private static final int PER_SECOND = 60;
    private static final List<Fault> ON_CLUSTER = List.of(
            Fault.KILL_GATEWAY,
            Fault.STOP_GATEWAY,
            Fault.STOP_GATEWAY_FOR_LONG,
            Fault.FLUSH_SCRIPTS,
            Fault.RESET_CLIENTS,
            Fault.HALF_OPEN_CLIENTS,
            Fault.LOSE_WORDS_TO_CLIENTS,
            Fault.SLICE_CLIENTS,
            Fault.LOSE_LINKS,
            Fault.CUT_LINKS,
            Fault.SLICE_LINKS,
            Fault.KILL_MASTER,
            Fault.FAIL_OVER,
            Fault.MOVE_SLOTS);
    private static final List<Fault> ON_ONE_REDIS = List.of(
            Fault.KILL_GATEWAY,
            Fault.STOP_GATEWAY,
            Fault.STOP_GATEWAY_FOR_LONG,
            Fault.CUT_REDIS,
            Fault.LOSE_ANSWERS,
            Fault.LOSE_CALLS,
            Fault.DELAY_REDIS,
            Fault.RESTART_REDIS,
            Fault.STOP_REDIS,
            Fault.FLUSH_SCRIPTS,
            Fault.RESET_CLIENTS,
            Fault.HALF_OPEN_CLIENTS,
            Fault.LOSE_WORDS_TO_CLIENTS,
            Fault.SLICE_CLIENTS,
            Fault.LOSE_LINKS,
            Fault.CUT_LINKS,
            Fault.SLICE_LINKS);

    private final FaultSchedule schedule = FaultSchedule.seeded();

    @Test
    void nothingAcknowledgedIsLostOnARedisCluster() throws InterruptedException {
        run("cluster", Redis.cluster(1), ON_CLUSTER);
    }

    @Test
    void nothingAcknowledgedIsLostOnOneRedis() throws InterruptedException {
        run("single", Redis.single(), ON_ONE_REDIS);
    }

    @Test
    void nothingAcknowledgedIsLostInLogsOnARedisCluster() throws InterruptedException {
        run("wide-cluster", Redis.cluster(1), ON_CLUSTER, "session.wide-filter-from=1");
    }

    @Test
    void nothingAcknowledgedIsLostInLogsOnOneRedis() throws InterruptedException {
        run("wide-single", Redis.single(), ON_ONE_REDIS, "session.wide-filter-from=1");
    }

    private void run(String name, Redis redis, List<Fault> faults, String... settings) throws InterruptedException {
        Duration time = Duration.ofMinutes(Long.getLong("holdfast.minutes", 30));
        try (History history = History.begin(name + "-" + schedule.seed());
                Rig rig = Rig.start(history, redis, 3, settings)) {
            Run run = Run.begin(rig, schedule, Integer.MAX_VALUE, PER_SECOND);
            long until = System.nanoTime() + time.toNanos();
            while (System.nanoTime() < until) {
                run.strike(schedule.any(faults, 3));
            }
            run.stopPublishing();
            List<String> violations = run.end(Duration.ofMinutes(2));

            assertThat(violations)
                    .as("seed %d, history in %s", schedule.seed(), history.file())
                    .isEmpty();
            assertThat(run.acked()).isPositive();
        }
    }
}
