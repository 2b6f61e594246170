// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import dev.holdfast.gateway.harness.GatewayProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One attack on a gateway of its own, with the bystander beside it. */
final class AttackRun {
    private static final int CLIENTS = 200;
    private static final int MESSAGES_PER_SECOND = 1_000;
    private static final int WARM_MILLIS = 4_000;
    /** The default limits; {@code --dev} has no rates. */
    private static final List<String> RATES = List.of("limits.message-rate=500/s", "limits.byte-rate=1MiB/s");

    private AttackRun() {}

    /**
     * What the bystander notices.
     *
     * @param jvmFlags of the gateway
     * @param howLong the attack lasts
     */
    static Bystander.Report of(Attack attack, List<String> jvmFlags, Duration howLong) throws InterruptedException {
        List<String> settings = new ArrayList<>(RATES);
        settings.addAll(attack.settings());
        try (GatewayProcess gateway = GatewayProcess.start(settings, jvmFlags);
                Crowd crowd = new Crowd(gateway.tcpPort())) {
            attack.prepare(crowd);
            Bystander bystander = Bystander.start(gateway.tcpPort(), CLIENTS, MESSAGES_PER_SECOND);
            TimeUnit.MILLISECONDS.sleep(WARM_MILLIS);
            bystander.warm();
            long end = System.nanoTime() + howLong.toNanos();
            attack.go(() -> System.nanoTime() - end > 0);
            TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
            return bystander.end();
        }
    }
}
