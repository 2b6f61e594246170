// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.GatewayProcess;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Some of the attacks on memory, one after the other, on a gateway with 256 MB of heap: those who behave are served. */
final class MemoryAttackTest {
    private static final int SECONDS = 1;

    @Test
    void bystandersAreServedWhileStrangersAndClientsFillTheMemory() {
        try (GatewayProcess gateway = GatewayProcess.start(List.of(), List.of("-Xmx256m"));
                Crowd crowd = new Crowd(gateway.tcpPort());
                Bystander bystander = Bystander.start(gateway.tcpPort(), 20, 100)) {
            for (MemoryAttack attack : List.of(
                    MemoryAttack.unfinishedConnects(0.4),
                    MemoryAttack.stalledReaders(0.2),
                    MemoryAttack.unreleased(0.3))) {
                attack.prepare(crowd);
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
                attack.strike(() -> System.nanoTime() - end > 0);
            }
            Bystander.Report report = bystander.end();

            assertThat(gateway.isAlive()).isTrue();
            assertThat(report.sent()).isPositive();
            assertThat(report.lost()).as("lost").isZero();
            assertThat(report.cut() + report.refused()).as("cut or refused").isZero();
        }
    }
}
