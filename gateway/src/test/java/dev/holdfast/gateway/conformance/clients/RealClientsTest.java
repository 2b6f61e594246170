// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.PahoInbox;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.mqttv5.client.MqttClientException;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that others wrote: publish and subscribe at every QoS, and a session that waits for its client.
 *
 * <p>Paho hands a message to the application before it acknowledges it, and an application that disconnects in between
 * gets it again, rightly [MQTT-4.4.0-1]. It acknowledges before it hands over the next, so QoS 0 comes last.
 */
@OnGateway
final class RealClientsTest {
    private static final long TIMEOUT_SECONDS = 10;

    private static MqttClientBuilder hivemq(Lab lab, ClientTransport transport, String id) {
        MqttClientBuilder builder = MqttClient.builder().identifier(lab.id(id)).serverHost("127.0.0.1");
        return transport == ClientTransport.TCP
                ? builder.serverPort(lab.gateway().tcpPort())
                : builder.serverPort(lab.gateway().wsPort())
                        .webSocketConfig()
                        .serverPath("mqtt")
                        .applyWebSocketConfig();
    }

    private static String uri(Lab lab, ClientTransport transport) {
        return transport == ClientTransport.TCP
                ? "tcp://127.0.0.1:" + lab.gateway().tcpPort()
                : "ws://127.0.0.1:" + lab.gateway().wsPort() + "/mqtt";
    }

    @ParameterizedTest
    @EnumSource
    void hiveMqClientOfMqtt5(ClientTransport transport, Lab lab) throws InterruptedException {
        Mqtt5BlockingClient publisher =
                hivemq(lab, transport, "p").useMqttVersion5().buildBlocking();
        Mqtt5BlockingClient subscriber =
                hivemq(lab, transport, "s").useMqttVersion5().buildBlocking();
        publisher.connect();
        subscriber
                .connectWith()
                .cleanStart(true)
                .sessionExpiryInterval(60)
                .restrictions()
                .topicAliasMaximum(8)
                .receiveMaximum(5)
                .applyRestrictions()
                .send();
        try (Mqtt5BlockingClient.Mqtt5Publishes messages = subscriber.publishes(MqttGlobalPublishFilter.ALL)) {
            subscriber
                    .subscribeWith()
                    .topicFilter(lab.topic("+"))
                    .qos(MqttQos.EXACTLY_ONCE)
                    .send();
            for (MqttQos qos : MqttQos.values()) {
                publisher
                        .publishWith()
                        .topic(lab.topic("live"))
                        .qos(qos)
                        .payload(bytes("live " + qos))
                        .userProperties()
                        .add("k", "v")
                        .applyUserProperties()
                        .send();

                Mqtt5Publish received =
                        messages.receive(TIMEOUT_SECONDS, TimeUnit.SECONDS).orElseThrow();
                assertThat(text(received.getPayloadAsBytes())).isEqualTo("live " + qos);
                assertThat(received.getQos()).isEqualTo(qos);
                assertThat(received.getUserProperties().asList()).hasSize(1);
            }
            subscriber.disconnect();
            for (MqttQos qos : MqttQos.values()) {
                publisher
                        .publishWith()
                        .topic(lab.topic("queued"))
                        .qos(qos)
                        .payload(bytes("queued " + qos))
                        .send();
            }

            assertThat(subscriber
                            .connectWith()
                            .cleanStart(false)
                            .sessionExpiryInterval(60)
                            .send()
                            .isSessionPresent())
                    .isTrue();
            for (MqttQos qos : MqttQos.values()) {
                Mqtt5Publish received =
                        messages.receive(TIMEOUT_SECONDS, TimeUnit.SECONDS).orElseThrow();
                assertThat(text(received.getPayloadAsBytes())).isEqualTo("queued " + qos);
            }
        } finally {
            publisher.disconnect();
            subscriber.disconnect();
        }
    }

    @ParameterizedTest
    @EnumSource
    void hiveMqClientOfMqtt3(ClientTransport transport, Lab lab) throws InterruptedException {
        Mqtt3BlockingClient publisher =
                hivemq(lab, transport, "p").useMqttVersion3().buildBlocking();
        Mqtt3BlockingClient subscriber =
                hivemq(lab, transport, "s").useMqttVersion3().buildBlocking();
        publisher.connect();
        subscriber.connectWith().cleanSession(false).send();
        try (Mqtt3BlockingClient.Mqtt3Publishes messages = subscriber.publishes(MqttGlobalPublishFilter.ALL)) {
            subscriber
                    .subscribeWith()
                    .topicFilter(lab.topic("+"))
                    .qos(MqttQos.EXACTLY_ONCE)
                    .send();
            for (MqttQos qos : MqttQos.values()) {
                publisher
                        .publishWith()
                        .topic(lab.topic("live"))
                        .qos(qos)
                        .payload(bytes("live " + qos))
                        .send();

                Mqtt3Publish received =
                        messages.receive(TIMEOUT_SECONDS, TimeUnit.SECONDS).orElseThrow();
                assertThat(text(received.getPayloadAsBytes())).isEqualTo("live " + qos);
                assertThat(received.getQos()).isEqualTo(qos);
            }
            subscriber.disconnect();
            for (MqttQos qos : MqttQos.values()) {
                publisher
                        .publishWith()
                        .topic(lab.topic("queued"))
                        .qos(qos)
                        .payload(bytes("queued " + qos))
                        .send();
            }

            assertThat(subscriber.connectWith().cleanSession(false).send().isSessionPresent())
                    .isTrue();
            for (MqttQos qos : MqttQos.values()) {
                Mqtt3Publish received =
                        messages.receive(TIMEOUT_SECONDS, TimeUnit.SECONDS).orElseThrow();
                assertThat(text(received.getPayloadAsBytes())).isEqualTo("queued " + qos);
            }
        } finally {
            publisher.disconnect();
            subscriber.disconnect();
        }
    }

    @ParameterizedTest
    @EnumSource
    void pahoClientOfMqtt3(ClientTransport transport, Lab lab) throws Exception {
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        var publisher = new org.eclipse.paho.client.mqttv3.MqttClient(
                uri(lab, transport), lab.id("p"), new org.eclipse.paho.client.mqttv3.persist.MemoryPersistence());
        var subscriber = new org.eclipse.paho.client.mqttv3.MqttClient(
                uri(lab, transport), lab.id("s"), new org.eclipse.paho.client.mqttv3.persist.MemoryPersistence());
        MqttConnectOptions kept = new MqttConnectOptions();
        kept.setCleanSession(false);
        try {
            publisher.connect();
            subscriber.connect(kept);
            subscriber.subscribe(
                    lab.topic("+"), 2, (topic, message) -> messages.add(text(message.getPayload()) + message.getQos()));
            for (int qos = 2; qos >= 0; qos--) {
                publisher.publish(lab.topic("live"), bytes("live "), qos, false);
                assertThat(messages.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isEqualTo("live " + qos);
            }
            subscriber.disconnect();
            for (int qos = 1; qos <= 2; qos++) {
                publisher.publish(lab.topic("queued"), bytes("queued "), qos, false);
            }

            subscriber.connect(kept);

            for (int qos = 1; qos <= 2; qos++) {
                assertThat(messages.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isEqualTo("queued " + qos);
            }
        } finally {
            publisher.disconnectForcibly(0, 1_000, true);
            subscriber.disconnectForcibly(0, 1_000, true);
            publisher.close(true);
            subscriber.close(true);
        }
    }

    @ParameterizedTest
    @EnumSource
    void pahoClientOfMqtt5(ClientTransport transport, Lab lab) throws Exception {
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        var publisher = pahoOfMqtt5(lab, transport, "p", messages);
        var subscriber = pahoOfMqtt5(lab, transport, "s", messages);
        var back = pahoOfMqtt5(lab, transport, "s", messages);
        MqttConnectionOptions kept = new MqttConnectionOptions();
        kept.setCleanStart(false);
        kept.setSessionExpiryInterval(60L);
        try {
            publisher.connect();
            subscriber.connect(kept);
            subscriber.subscribe(new MqttSubscription[] {new MqttSubscription(lab.topic("+"), 2)});
            for (int qos = 2; qos >= 0; qos--) {
                publisher.publish(lab.topic("live"), bytes("live "), qos, false);
                assertThat(messages.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isEqualTo("live " + qos);
            }
            leave(subscriber);
            for (int qos = 1; qos <= 2; qos++) {
                publisher.publish(lab.topic("queued"), bytes("queued "), qos, false);
            }

            back.connect(kept);

            for (int qos = 1; qos <= 2; qos++) {
                assertThat(messages.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isEqualTo("queued " + qos);
            }
        } finally {
            leave(publisher);
            leave(back);
        }
    }

    private static org.eclipse.paho.mqttv5.client.MqttClient pahoOfMqtt5(
            Lab lab, ClientTransport transport, String id, BlockingQueue<String> messages) throws MqttException {
        var client = new org.eclipse.paho.mqttv5.client.MqttClient(
                uri(lab, transport), lab.id(id), new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
        client.setCallback(new PahoInbox(messages));
        return client;
    }

    /** Disconnects; Paho may call the close that it has just asked for a lost connection. */
    private static void leave(org.eclipse.paho.mqttv5.client.MqttClient client) throws MqttException {
        try {
            client.disconnect(1_000);
        } catch (MqttException lost) {
            assertThat(lost.getReasonCode())
                    .isIn(
                            (int) MqttClientException.REASON_CODE_CONNECTION_LOST,
                            (int) MqttClientException.REASON_CODE_CLIENT_ALREADY_DISCONNECTED,
                            (int) MqttClientException.REASON_CODE_CLIENT_DISCONNECTING,
                            (int) MqttClientException.REASON_CODE_CLIENT_TIMEOUT);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
