// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.lifecycle.Mqtt5ClientConnectedContext;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients with kept sessions that come back by themselves, each with a topic of its own. */
final class Crowd implements AutoCloseable {
    private static final int AT_ONCE = 50;

    private final String name;
    private final String token;
    private final List<Phone> phones = new ArrayList<>();
    private final Set<String> outstanding = ConcurrentHashMap.newKeySet();
    private final AtomicInteger repeats = new AtomicInteger();
    private final MqttQos qos;

    /** One of them. */
    private final class Phone {
        private final Mqtt5AsyncClient client;
        private final AtomicInteger connects = new AtomicInteger();
        private final AtomicInteger sessionsLost = new AtomicInteger();

        Phone(Door door, String id) {
            client = door.client(id)
                    .automaticReconnect()
                    .initialDelay(50, TimeUnit.MILLISECONDS)
                    .maxDelay(500, TimeUnit.MILLISECONDS)
                    .applyAutomaticReconnect()
                    .useMqttVersion5()
                    .simpleAuth()
                    .username(name)
                    .password(token.getBytes(StandardCharsets.UTF_8))
                    .applySimpleAuth()
                    .addConnectedListener(context -> {
                        boolean isFirst = connects.getAndIncrement() == 0;
                        if (!isFirst
                                && !((Mqtt5ClientConnectedContext) context)
                                        .getConnAck()
                                        .isSessionPresent()) {
                            sessionsLost.incrementAndGet();
                        }
                    })
                    .buildAsync();
        }

        CompletableFuture<?> connect(int keepAliveSeconds, String topic) {
            return client.connectWith()
                    .keepAlive(keepAliveSeconds)
                    .cleanStart(true)
                    .sessionExpiryInterval(600)
                    .send()
                    .thenCompose(connack -> client.subscribeWith()
                            .topicFilter(topic)
                            .qos(qos)
                            .callback(message -> {
                                if (!outstanding.remove(text(message))) {
                                    repeats.incrementAndGet();
                                }
                            })
                            .send());
        }

        private static String text(Mqtt5Publish message) {
            return message.getTopic() + " " + new String(message.getPayloadAsBytes(), StandardCharsets.UTF_8);
        }
    }

    private Crowd(String name, String token, MqttQos qos) {
        this.name = name;
        this.token = token;
        this.qos = qos;
    }

    /**
     * So many of them, by turns at each of the doors; they are connected and subscribed when the call returns.
     *
     * @param name what their client identifiers and topics begin with
     * @param token what they show, or nothing
     */
    static Crowd connect(String name, String token, List<Door> doors, int count, int keepAliveSeconds)
            throws Exception {
        return connect(name, token, doors, count, keepAliveSeconds, MqttQos.AT_LEAST_ONCE);
    }

    /** The same, whose messages and subscriptions have a QoS. */
    static Crowd connect(String name, String token, List<Door> doors, int count, int keepAliveSeconds, MqttQos qos)
            throws Exception {
        Crowd crowd = new Crowd(name, token, qos);
        List<CompletableFuture<?>> begun = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Phone phone = crowd.new Phone(doors.get(i % doors.size()), name + "-" + i);
            crowd.phones.add(phone);
            begun.add(phone.connect(keepAliveSeconds, crowd.topic(i)));
            if (i >= AT_ONCE) {
                begun.get(i - AT_ONCE).get(30, TimeUnit.SECONDS);
            }
        }
        CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
        return crowd;
    }

    private String topic(int i) {
        return name + "/" + i;
    }

    /** Has each of them send its neighbour a message; the future ends when all are acknowledged. */
    CompletableFuture<?> tellNeighbours(String payload) {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        for (int i = 0; i < phones.size(); i++) {
            String topic = topic((i + 1) % phones.size());
            outstanding.add(topic + " " + payload);
            sent.add(phones.get(i)
                    .client
                    .publishWith()
                    .topic(topic)
                    .qos(qos)
                    .payload(payload.getBytes(StandardCharsets.UTF_8))
                    .send());
        }
        return CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new));
    }

    /** How many messages have not come yet. */
    int missing() {
        return outstanding.size();
    }

    /** How many messages have come once more. */
    int repeats() {
        return repeats.get();
    }

    /** How many of them are connected. */
    int connected() {
        return (int) phones.stream()
                .filter(phone -> phone.client.getState().isConnected())
                .count();
    }

    /** How often they have connected, all together. */
    int connects() {
        return phones.stream().mapToInt(phone -> phone.connects.get()).sum();
    }

    /** How often one has come back and its session was not there. */
    int sessionsLost() {
        return phones.stream().mapToInt(phone -> phone.sessionsLost.get()).sum();
    }

    @Override
    public void close() {
        phones.forEach(phone -> phone.client.disconnect());
    }
}
