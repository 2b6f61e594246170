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
import org.junit.jupiter.api.Test;

/**
 * Two gateways whose Redis fails over and comes back to the former master as that was left, twice: what is sent after it is
 * delivered, at QoS 1 and 2, to sessions that were connected all the time and to sessions that move about.
 */
final class FailbackRunTest {
    private static final int MESSAGES_EACH = 1_200;
    private static final int PER_SECOND = 100;

    @Test
    void nothingAcknowledgedAfterAFailbackIsLost() throws InterruptedException {
        FaultSchedule schedule = FaultSchedule.seeded();
        try (History history = History.begin("failback-" + schedule.seed());
                Rig rig = Rig.start(history, Redis.movable(), 2)) {
            Run run = Run.begin(rig, schedule, MESSAGES_EACH, PER_SECOND);
            schedule.each(List.of(Fault.FAIL_BACK, Fault.FAIL_BACK), 2).forEach(run::strike);
            List<String> violations = run.end(Duration.ofMinutes(1));

            assertThat(violations)
                    .as("seed %d, history in %s", schedule.seed(), history.file())
                    .isEmpty();
            assertThat(run.acked()).isEqualTo(4 * MESSAGES_EACH);
        }
    }
}
