// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.retained;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.conformance.limits.MemoryAuditTest;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.redis.RedisProcess;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Retained messages that a gateway has read from Redis for clients that do not take them: each had 640 KB waiting, which was
 * charged to nobody.
 */
final class RetainedPagesTest {
    private static final int MESSAGES = 50;
    private static final int LENGTH = 20_000;
    private static final int STALLED = 24;
    private static final long BUDGET = 4L * 1024 * 1024;

    @Test
    void whatHasBeenReadForClientsIsChargedWithinTheBudgetAndGivenBack() {
        try (RedisProcess redis = RedisProcess.start();
                InProcessGateway gateway = InProcessGateway.start(List.of(
                        "store.redis.url=" + redis.addressForGateways(), "limits.memory-budget=" + BUDGET + "B"));
                Lab lab = new Lab(gateway)) {
            RawClient publisher = lab.connect(Version.V5);
            for (int i = 0; i < MESSAGES; i++) {
                publisher.published(
                        publish(lab.topic("r/" + i), new byte[LENGTH])
                                .retained()
                                .qos(1),
                        i + 1);
            }
            double before = MemoryAuditTest.held(gateway, Kind.OUTPUT);
            for (int i = 0; i < STALLED; i++) {
                RawClient stalled = lab.connect(
                                Version.V5, connect(lab.id("s" + i)).with(Prop.RECEIVE_MAXIMUM, 1))
                        .subscribed(lab.topic("r/+"), 1);
                stalled.expect(PacketType.PUBLISH); // and acknowledges nothing, so that its page stays
            }

            assertThat(MemoryAuditTest.held(gateway, Kind.OUTPUT) - before)
                    .isBetween((double) STALLED / 2 * LENGTH, BUDGET * 0.75);
            RawClient taker = lab.connect(Version.V5).subscribed(lab.topic("r/+"), 1);
            for (int i = 0; i < MESSAGES; i++) {
                taker.take();
            }

            for (int i = 0; i < MESSAGES; i++) {
                publisher.published(publish(lab.topic("r/" + i), "").retained().qos(1), i + 1);
            }
            lab.close();
            MemoryAuditTest.expectNothingHeld(gateway);
        }
    }
}
