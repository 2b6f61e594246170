// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Properties.Pair;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The W3C trace context of a message goes on as it came, whatever way the message takes [MQTT-3.3.2-17] [MQTT-3.3.2-18]. */
final class TraceContextTest {
    private static final Pair PARENT =
            new Pair("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    private static final Pair STATE = new Pair("tracestate", "vendor=x,other=\u00fc");

    private static Cluster cluster;
    private static GatewayProcess here;
    private static GatewayProcess there;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        here = cluster.gateway();
        there = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static Publish traced(String topic) {
        return Publish.publish(topic, "m")
                .userProperty("before", "1")
                .userProperty(PARENT.name(), PARENT.value())
                .userProperty(STATE.name(), STATE.value())
                .userProperty("before", "2");
    }

    private static void assertUnchanged(Packet packet) {
        assertThat(packet.properties().all(Prop.USER_PROPERTY))
                .containsExactly(new Pair("before", "1"), PARENT, STATE, new Pair("before", "2"));
    }

    private static RawClient publisher(String name) {
        return cluster.connect(here, Connect.connect(name));
    }

    @Test
    void toACleanSessionAtBothGatewaysAtEachQos() {
        RawClient near = cluster.connect(here, Connect.connect("near")).subscribed("live/#", 2);
        RawClient far = cluster.connect(there, Connect.connect("far")).subscribed("live/#", 2);
        RawClient publisher = publisher("live");

        publisher.send(traced("live/0"));
        publisher.published(traced("live/1").qos(1), 1);
        publisher.published(traced("live/2").qos(2), 2);

        for (int i = 0; i < 3; i++) {
            assertUnchanged(near.take());
            assertUnchanged(far.take());
        }
    }

    @Test
    void throughTheQueueOfAKeptSessionThatComesBackToTheOtherGateway() {
        cluster.connect(here, Connect.kept("away")).subscribed("kept/#", 2).disconnect();
        RawClient publisher = publisher("kept");
        publisher.published(traced("kept/1").qos(1), 1);
        publisher.published(traced("kept/2").qos(2), 2);

        RawClient back = cluster.connect(there, Connect.kept("away").cleanStart(false));

        assertUnchanged(back.take());
        assertUnchanged(back.take());
    }

    @Test
    void asARetainedMessageAtBothGateways() {
        publisher("retained").published(traced("retained/t").qos(1).retained(), 1);

        assertUnchanged(cluster.connect(here, Connect.connect("reads-here"))
                .subscribed("retained/t", 1)
                .take());
        assertUnchanged(cluster.connect(there, Connect.connect("reads-there"))
                .subscribed("retained/t", 1)
                .take());
    }

    @Test
    void asAWillThatTheOtherGatewayDelivers() {
        RawClient watcher = cluster.connect(there, Connect.connect("watcher")).subscribed("will/t", 1);
        RawClient mortal = cluster.connect(
                here, Connect.connect("mortal").will(traced("will/t").qos(1)));

        mortal.vanish();

        assertUnchanged(watcher.take());
    }
}
