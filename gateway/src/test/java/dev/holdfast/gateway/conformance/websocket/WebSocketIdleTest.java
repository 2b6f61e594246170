// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.websocket;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.PahoInbox;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What clients do that are idle for longer than the ping interval. Paho for Java took a ping for the end of its
 * connection, Paho for Python answered it with a frame that is not masked; both were gone with their wills, once in each
 * interval.
 */
final class WebSocketIdleTest {
    private static final InProcessGateway GATEWAY = InProcessGateway.start(List.of("websocket.ping-interval=300ms"));

    private final Lab lab = new Lab(GATEWAY);

    @AfterAll
    static void stop() {
        GATEWAY.close();
    }

    @AfterEach
    void hangUp() {
        lab.close();
    }

    @Test
    void pahoForJavaStaysConnected() throws Exception {
        String uri = "ws://127.0.0.1:" + lab.gateway().wsPort() + "/mqtt";
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 0);
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        byte[] will = "abnormal end".getBytes(StandardCharsets.UTF_8);
        MqttConnectOptions v3 = new MqttConnectOptions();
        v3.setWill(lab.topic("will"), will, 0, false);
        MqttConnectionOptions v5 = new MqttConnectionOptions();
        v5.setWill(lab.topic("will"), new MqttMessage(will));
        var ofMqtt3 = new org.eclipse.paho.client.mqttv3.MqttClient(
                uri, lab.id("v3"), new org.eclipse.paho.client.mqttv3.persist.MemoryPersistence());
        var ofMqtt5 = new org.eclipse.paho.mqttv5.client.MqttClient(
                uri, lab.id("v5"), new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
        ofMqtt5.setCallback(new PahoInbox(messages));
        try {
            ofMqtt3.connect(v3);
            ofMqtt3.subscribe(lab.topic("to/v3"), 1, (topic, message) -> messages.add(message.toString()));
            ofMqtt5.connect(v5);
            ofMqtt5.subscribe(lab.topic("to/v5"), 1);

            twoIntervals();

            assertThat(ofMqtt3.isConnected()).isTrue();
            assertThat(ofMqtt5.isConnected()).isTrue();
            ofMqtt5.publish(lab.topic("to/v3"), "from v5".getBytes(StandardCharsets.UTF_8), 1, false);
            assertThat(messages.poll(10, TimeUnit.SECONDS)).isEqualTo("from v5");
            ofMqtt3.publish(lab.topic("to/v5"), "from v3".getBytes(StandardCharsets.UTF_8), 1, false);
            assertThat(messages.poll(10, TimeUnit.SECONDS)).isEqualTo("from v31");
            watcher.expectAlive();
        } finally {
            ofMqtt3.disconnectForcibly(0, 1_000, true);
            ofMqtt5.disconnectForcibly(0, 1_000, true);
            ofMqtt3.close(true);
            ofMqtt5.close(true);
        }
    }

    /** As long as it takes to ping a client twice. */
    private void twoIntervals() throws IOException {
        WebSocketChannel socket = lab.open(Version.V5, ClientTransport.WEBSOCKET)
                .connected(lab.anonymous())
                .webSocket();
        for (int i = 0; i < 2; i++) {
            assertThat(socket.readFrame(10_000).opcode()).isEqualTo(WebSocketChannel.PING);
            socket.writeRaw(WebSocketChannel.frame(WebSocketChannel.FIN | WebSocketChannel.PONG, new byte[0]));
        }
    }

    @Test
    void clientThatAnswersAsPahoForPythonDoesStaysConnected() throws IOException {
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 0);
        RawClient client = lab.open(Version.V3_1_1, ClientTransport.WEBSOCKET)
                .connected(connect(lab.id("python")).keepAlive(60).will(publish(lab.topic("will"), "abnormal end")));
        WebSocketChannel socket = client.webSocket();

        for (int i = 0; i < 2; i++) {
            WebSocketChannel.Frame ping = socket.readFrame(10_000);
            assertThat(ping.opcode()).isEqualTo(WebSocketChannel.PING);
            socket.writeRaw(
                    WebSocketChannel.unmaskedFrame(WebSocketChannel.FIN | WebSocketChannel.PONG, ping.payload()));
        }

        client.expectAlive();
        watcher.expectAlive();
    }

    /** It was closed three ping intervals after its last packet, whatever keep alive had been agreed upon. */
    @Test
    void clientThatAnswersNoPingIsHeldToItsKeepAliveAlone() throws IOException { // [MQTT-3.1.2-22]
        RawClient patient = lab.open(Version.V3_1_1, ClientTransport.WEBSOCKET)
                .connected(connect(lab.id("60")).keepAlive(60));
        RawClient hasty = lab.open(Version.V3_1_1, ClientTransport.WEBSOCKET)
                .connected(connect(lab.id("1")).keepAlive(1));
        patient.webSocket().ignorePings();
        hasty.webSocket().ignorePings();

        hasty.expectClosedWithin(20_000);
        for (int i = 0; i < 3; i++) {
            assertThat(patient.webSocket().readFrame(10_000).opcode()).isEqualTo(WebSocketChannel.PING);
        }

        patient.expectAlive();
    }
}
