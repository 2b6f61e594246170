// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fleet of the build before is upgraded to this build, one gateway after the other, and taken back, while clients publish without
 * a pause. {@code -Dholdfast.upgrade.from=JAR} names the runnable jar of the build before; without it there is nothing to upgrade
 * from and the test is left out.
 */
@Tag("long")
final class UpgradeTest {
    private static final int PHONES = 10;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final @Nullable String BEFORE = System.getProperty("holdfast.upgrade.from");

    /** Rounds of messages of a crowd, each begun when the one before is acknowledged. */
    private static final class Traffic {
        private final Crowd crowd;
        private final String name;
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final CompletableFuture<Integer> rounds;

        Traffic(String name, Crowd crowd) {
            this.crowd = crowd;
            this.name = name;
            this.rounds = CompletableFuture.supplyAsync(this::run);
        }

        private int run() {
            int round = 0;
            while (!isOver.get()) {
                crowd.tellNeighbours(name + " " + round++)
                        .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                        .join();
            }
            return round;
        }

        int end() throws Exception {
            isOver.set(true);
            return rounds.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    @Test
    void aFleetOfTheBuildBeforeIsUpgradedAndTakenBackUnderTrafficAndNothingIsLost(@TempDir Path directory)
            throws Exception {
        assumeTrue(BEFORE != null, "-Dholdfast.upgrade.from names no jar of the build before");
        List<String> before = Fleet.program();
        int classPath = before.indexOf("-cp") + 1;
        before.set(classPath, Path.of(BEFORE).toAbsolutePath().toString());
        try (Fleet fleet = Fleet.start(directory, before);
                Crowd atLeastOnce = Crowd.connect("fleet", fleet.token(), fleet.doors(), PHONES, 30);
                Crowd exactlyOnce =
                        Crowd.connect("fleet/2", fleet.token(), fleet.doors(), PHONES, 30, MqttQos.EXACTLY_ONCE)) {
            Traffic one = new Traffic("one", atLeastOnce);
            Traffic two = new Traffic("two", exactlyOnce);
            roll(fleet, Fleet.program());
            roll(fleet, before);
            int rounds = Math.min(one.end(), two.end());

            await().atMost(PATIENCE)
                    .until(() -> atLeastOnce.missing() == 0
                            && exactlyOnce.missing() == 0
                            && atLeastOnce.connected() == PHONES
                            && exactlyOnce.connected() == PHONES);
            assertThat(rounds).as("rounds").isGreaterThan(6);
            assertThat(atLeastOnce.sessionsLost() + exactlyOnce.sessionsLost()).isZero();
            assertThat(exactlyOnce.repeats()).as("QoS 2 that came twice").isZero();
            System.out.println("rounds of QoS 1 and 2: at least " + rounds + ", reconnects "
                    + (atLeastOnce.connects() + exactlyOnce.connects() - 2 * PHONES) + ", repeats at QoS 1 "
                    + atLeastOnce.repeats());
        }
    }

    private static void roll(Fleet fleet, List<String> program) {
        fleet.use(program);
        for (int i = 0; i < 3; i++) {
            fleet.beginDrain(i);
            assertThat(fleet.awaitEnd(i)).as("exit code").isZero();
            fleet.start(i);
            fleet.awaitBalanced();
        }
    }
}
