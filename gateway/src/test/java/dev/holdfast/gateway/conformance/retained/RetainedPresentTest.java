// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.retained;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a subscriber is shown is the present: the retained messages of a SUBSCRIBE come at the client's pace, and meanwhile
 * newer ones are published. The older came after the newer [MQTT-4.6.0-6], and what had been cleared came back.
 */
final class RetainedPresentTest {
    private static final AtomicInteger TESTS = new AtomicInteger();

    private static GatewayProcess memory;
    private static Cluster cluster;
    private static GatewayProcess a;
    private static GatewayProcess b;

    /** Where the subscriber and the publisher are connected. */
    enum Place {
        MEMORY,
        REDIS,
        TWO_GATEWAYS
    }

    @BeforeAll
    static void start() {
        memory = GatewayProcess.start(List.of("listeners.io-threads=3"), List.of());
        cluster = Cluster.start();
        a = cluster.gateway("listeners.io-threads=1");
        b = cluster.gateway("listeners.io-threads=3");
    }

    @AfterAll
    static void stop() {
        memory.kill();
        cluster.close();
    }

    private final String prefix = "t" + TESTS.incrementAndGet();
    private final Map<String, List<String>> shown = new HashMap<>();

    private RawClient subscriber(Place place, Version version, boolean isKept, int receiveMaximum) {
        Connect connect = isKept ? Connect.kept(prefix + "-k") : Connect.connect(prefix + "-c");
        if (version.isV5()) {
            connect.with(Prop.RECEIVE_MAXIMUM, receiveMaximum);
        }
        return cluster.open(place == Place.MEMORY ? memory : a, version).connected(connect);
    }

    private RawClient publisher(Place place) {
        GatewayProcess gateway = switch (place) {
            case MEMORY -> memory;
            case REDIS -> a;
            case TWO_GATEWAYS -> b;
        };
        return cluster.open(gateway, Version.V5).connected(Connect.connect(prefix + "-p"));
    }

    /** The next PUBLISH, acknowledged; what else comes is answered as it wants to be. */
    private Packet take(RawClient client) {
        while (true) {
            Packet packet = client.expectAny();
            if (packet.type() == PacketType.PUBLISH) {
                acknowledge(client, packet);
                shown.computeIfAbsent(packet.topic(), topic -> new ArrayList<>())
                        .add(packet.text());
                return packet;
            } else if (packet.type() == PacketType.PUBREL) {
                client.send(Packets.ack(PacketType.PUBCOMP, packet.packetId()));
            }
        }
    }

    private static void acknowledge(RawClient client, Packet publish) {
        if (publish.qos() > 0) {
            PacketType answer = publish.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
            client.send(Packets.ack(answer, publish.packetId()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "MEMORY,V5,false,1",
        "MEMORY,V5,true,2",
        "MEMORY,V3_1_1,false,2",
        "MEMORY,V3_1_1,true,1",
        "REDIS,V5,false,2",
        "REDIS,V5,true,1",
        "REDIS,V3_1_1,true,2",
        "TWO_GATEWAYS,V5,true,1",
        "TWO_GATEWAYS,V3_1_1,false,1",
        "TWO_GATEWAYS,V5,false,2"
    })
    void nothingOlderComesOnceSomethingNewerHasBeenPublishedAndWhatIsClearedDoesNotCome(
            Place place, Version version, boolean isKept, int qos) {
        RawClient publisher = publisher(place);
        List<String> topics =
                IntStream.range(0, 120).mapToObj(i -> prefix + "/" + i).toList();
        for (String topic : topics) {
            publisher.published(publish(topic, "old").qos(qos).retained(), 1);
        }
        publisher.published(publish(prefix + "-end", "end").qos(1).retained(), 1);
        RawClient subscriber = subscriber(place, version, isKept, 5);
        subscriber.subscribed(prefix + "/+", qos);
        List<Packet> unacknowledged = new ArrayList<>();
        for (int i = 0; i < (version.isV5() ? 5 : 64); i++) {
            unacknowledged.add(subscriber.expect(PacketType.PUBLISH));
        }
        List<String> unsent = new ArrayList<>(topics);
        unsent.removeAll(unacknowledged.stream().map(Packet::topic).toList());

        Map<String, String> last = new HashMap<>();
        for (int i = 0; i < unsent.size(); i++) {
            String topic = unsent.get(i);
            Publish newer = switch (i % 4) {
                case 0 -> publish(topic, "new").retained();
                case 1 -> publish(topic, "").retained();
                case 2 -> publish(topic, "new");
                default -> null;
            };
            last.put(topic, newer == null ? "old" : i % 4 == 1 ? "" : "new");
            if (newer != null) {
                publisher.published(newer.qos(qos), 1);
            }
        }
        unacknowledged.forEach(each -> acknowledge(subscriber, each));

        while (!last.entrySet().stream().allMatch(each -> isShown(each.getKey(), each.getValue()))) {
            take(subscriber);
        }
        subscriber.send(subscribe(2).to(prefix + "-end", 1));
        while (!isShown(prefix + "-end", "end")) {
            take(subscriber);
        }
        // One that was on its way to the client's thread when the window opened may come behind the old one.
        last.forEach((topic, payload) -> {
            List<String> all = shownOf(topic);
            assertThat(all.lastIndexOf("old")).as("%s: %s", topic, all).isLessThanOrEqualTo(all.indexOf(payload));
        });
        assertThat(last.keySet())
                .filteredOn(topic -> shownOf(topic).contains("old"))
                .hasSizeLessThan(unsent.size() / 2);
    }

    private boolean isShown(String topic, String payload) {
        return shownOf(topic).contains(payload);
    }

    private List<String> shownOf(String topic) {
        return shown.getOrDefault(topic, List.of());
    }

    /** The retained messages were read and sent while the live ones came another way. */
    @ParameterizedTest
    @CsvSource({
        "MEMORY,V5,false,1",
        "MEMORY,V3_1_1,true,1",
        "REDIS,V5,false,0",
        "REDIS,V3_1_1,false,1",
        "REDIS,V5,true,1",
        "TWO_GATEWAYS,V5,true,2",
        "TWO_GATEWAYS,V3_1_1,false,1",
        "TWO_GATEWAYS,V5,true,0"
    })
    void aCounterNeverGoesBackwardsAndItsLastValueIsShown(Place place, Version version, boolean isKept, int qos) {
        RawClient publisher = publisher(place);
        AtomicBoolean done = new AtomicBoolean();
        count(publisher, 1);
        CompletableFuture<Integer> counting = CompletableFuture.supplyAsync(() -> {
            int value = 2;
            while (!done.get()) {
                count(publisher, value++);
            }
            return value - 1;
        });
        RawClient subscriber = subscriber(place, version, isKept, 20);
        Map<String, Integer> highest = new HashMap<>();

        for (int round = 0; round < 25; round++) {
            subscriber.send(subscribe(1).to(prefix + "/+", qos));
            for (int i = 0; i < 40; i++) {
                forwards(take(subscriber), highest);
            }
            subscriber.send(unsubscribe(2, prefix + "/+"));
        }
        subscriber.send(subscribe(3).to(prefix + "/+", qos));
        done.set(true);
        int last = counting.join();

        while (highest.size() < TOPICS || highest.values().stream().anyMatch(value -> value < last)) {
            forwards(take(subscriber), highest);
        }
    }

    private static final int TOPICS = 10;

    /** Publishes a value under each topic in one write, and waits for all acknowledgements. */
    private void count(RawClient publisher, int value) {
        Outgoing[] all = IntStream.range(0, TOPICS)
                .mapToObj(i -> publish(prefix + "/" + i, Integer.toString(value))
                        .atLeastOnce(1 + i)
                        .retained())
                .toArray(Outgoing[]::new);
        publisher.send(all);
        for (int i = 0; i < TOPICS; i++) {
            publisher.expectAck(PacketType.PUBACK, 1 + i);
        }
    }

    private static void forwards(Packet packet, Map<String, Integer> highest) {
        int value = Integer.parseInt(packet.text());
        Integer before = highest.put(packet.topic(), value);
        assertThat(value).as("%s after %s", packet, before).isGreaterThanOrEqualTo(before == null ? 0 : before);
    }

    /**
     * What was published between the two had been taken for older than what still waited, and never came, until something
     * newer did.
     */
    @ParameterizedTest
    @CsvSource({
        "MEMORY,V5,false,1,true",
        "MEMORY,V5,false,2,false",
        "MEMORY,V5,true,1,true",
        "MEMORY,V3_1_1,false,1,true",
        "REDIS,V5,false,1,true",
        "REDIS,V5,true,1,true",
        "TWO_GATEWAYS,V5,false,1,true",
        "TWO_GATEWAYS,V5,false,1,false",
        "TWO_GATEWAYS,V3_1_1,false,2,true"
    })
    void whatIsPublishedBetweenUnsubscribeAndSubscribeComesBehindTheOlderOnesThatStillWait(
            Place place, Version version, boolean isKept, int qos, boolean areRetained) {
        String topic = prefix + "/counter";
        int window = version.isV5() ? 1 : 64;
        RawClient publisher = publisher(place);
        RawClient subscriber = subscriber(place, version, isKept, window);
        subscriber.subscribed(topic, qos);
        int last = window + 4;
        for (int value = 1; value < last; value++) {
            Publish next = publish(topic, Integer.toString(value));
            publisher.published((areRetained ? next.retained() : next).qos(qos), 1);
        }
        List<Packet> inflight = new ArrayList<>();
        for (int i = 0; i < window; i++) {
            inflight.add(subscriber.expect(PacketType.PUBLISH));
        }
        subscriber.send(unsubscribe(8, topic));
        subscriber.expect(PacketType.UNSUBACK);
        publisher.published(publish(topic, Integer.toString(last)).retained().qos(qos), 1);
        subscriber.send(subscribe(9).to(topic, qos));

        inflight.forEach(each -> acknowledge(subscriber, each));
        Map<String, Integer> highest = new HashMap<>();
        while (highest.getOrDefault(topic, 0) < last) {
            forwards(take(subscriber), highest);
        }
    }

    /** The retained messages waited until nothing live did, which never was. */
    @ParameterizedTest
    @CsvSource({"MEMORY,false", "MEMORY,true", "REDIS,false", "REDIS,true"})
    void retainedMessagesComeToAClientThatIsAlwaysALittleBehind(Place place, boolean isKept) {
        RawClient publisher = publisher(place);
        for (int i = 0; i < 50; i++) {
            publisher.published(publish(prefix + "/kept/" + i, "m").qos(1).retained(), 1);
        }
        RawClient subscriber = subscriber(place, Version.V5, isKept, 4);
        subscriber.subscribed(prefix + "/live", 1);
        for (int i = 0; i < 100; i++) {
            publisher.published(publish(prefix + "/live", "m").qos(1), 1);
        }

        subscriber.send(subscribe(2).to(prefix + "/kept/+", 1));

        int retained = 0;
        for (int taken = 0; retained < 50 && taken < 1_000; taken++) {
            publisher.published(publish(prefix + "/live", "m").qos(1), 1);
            retained += take(subscriber).isRetain() ? 1 : 0;
        }
        assertThat(retained).isEqualTo(50);
    }
}
