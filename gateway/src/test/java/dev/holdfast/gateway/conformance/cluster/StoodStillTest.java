// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway that has stood still, as for a long collection, finds its clients gone. */
final class StoodStillTest {
    private Cluster cluster;
    private GatewayProcess a;
    private GatewayProcess b;

    @BeforeEach
    void start() {
        cluster = Cluster.start();
        a = cluster.gateway();
        b = cluster.gateway();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /**
     * Found by the fault rig, seed 11: a publisher sent a retained message to a gateway that was stopped, got no answer,
     * sent it and later ones to another gateway, and then the first one went on and put the old one in their place.
     */
    @Test
    void whatAClientSentBeforeItWentElsewhereDoesNotComeAfterWhatItSentThere() {
        RawClient before = cluster.connect(a, Connect.kept("p"));
        a.pause();
        before.send(Publish.publish("still/t", "old").retained().atLeastOnce(1));
        longEnoughToBeNoticed();
        RawClient after = cluster.connect(b, Connect.kept("p"));
        after.published(Publish.publish("still/t", "old").retained().qos(1), 1);
        after.published(Publish.publish("still/t", "new").retained().qos(1), 2);
        a.resume();
        before.expectDisconnected(0x8E);

        RawClient reader = cluster.connect(b, Connect.connect("r")).subscribed("still/t", 1);
        assertThat(reader.take().text()).isEqualTo("new");
        reader.expectAlive();
    }

    private static void longEnoughToBeNoticed() {
        await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
    }
}
