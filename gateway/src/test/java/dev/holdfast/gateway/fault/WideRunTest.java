// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.fault.checker.Checker;
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
 * As {@link ShortRunTest}, where every persistent session reads logs: the invariants of {@link Checker} hold for wide filters
 * too, while gateways and Redis fail.
 */
final class WideRunTest {
    private static final int MESSAGES_EACH = 2_500;
    private static final int PER_SECOND = 120;
    private static final List<Fault> FAULTS = List.of(
            Fault.KILL_GATEWAY,
            Fault.STOP_GATEWAY,
            Fault.CUT_REDIS,
            Fault.LOSE_ANSWERS,
            Fault.RESTART_REDIS,
            Fault.RESET_CLIENTS,
            Fault.LOSE_LINKS,
            Fault.CUT_LINKS);

    @Test
    void nothingAcknowledgedIsLostInLogsWhileGatewaysRedisAndTheNetworkFail() throws InterruptedException {
        FaultSchedule schedule = FaultSchedule.seeded();
        try (History history = History.begin("wide-" + schedule.seed());
                Rig rig = Rig.start(history, Redis.single(), 2, "session.wide-filter-from=1")) {
            Run run = Run.begin(rig, schedule, MESSAGES_EACH, PER_SECOND);
            schedule.each(FAULTS, 2).forEach(run::strike);
            List<String> violations = run.end(Duration.ofMinutes(2));

            assertThat(violations)
                    .as("seed %d, history in %s", schedule.seed(), history.file())
                    .isEmpty();
            assertThat(run.acked()).isEqualTo(4 * MESSAGES_EACH);
        }
    }
}
