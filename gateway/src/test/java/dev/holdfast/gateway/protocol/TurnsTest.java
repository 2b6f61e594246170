// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PINGRESP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.Packets.PINGREQ;
import static dev.holdfast.gateway.harness.mqtt.Packets.disconnect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.unit.UnitGateway.channel;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** However much clients give an I/O thread to do, no turn of it does more than a part: told in packets, filters and turns, not in time. */
@Tag("unit")
final class TurnsTest {
    /** Filters that one turn may judge, or route. */
    private static final int SUBSCRIBED_AT_ONCE = 16;
    /** Subscriptions that one turn may take out of the routes: some when a session ends, and those of a slice. */
    private static final int GONE_AT_ONCE = 2 * 32;
    /** How long each look at the clock takes here, one for every 16 PUBLISH packets that are dealt with, of which a turn does 20 ms. */
    private static final Duration LOOK = Duration.ofMillis(1);

    private static final int DEALT_WITH_AT_ONCE = 16 * 22;

    private static final int FILTERS = 256;

    private final UnitGateway gateway = UnitGateway.with();

    private static Subscribe filters(String prefix) {
        Subscribe subscribe = Subscribe.subscribe(1);
        for (int i = 0; i < FILTERS; i++) {
            subscribe.to(prefix + "/" + i, 1);
        }
        return subscribe;
    }

    private static Outgoing[] publishes(int count) {
        Outgoing[] all = new Outgoing[count];
        for (int i = 0; i < count; i++) {
            all[i] = publish("nobody/" + i, "m").atLeastOnce(1 + i);
        }
        return all;
    }

    private void expectAcknowledged(RawClient client, int count) {
        for (int id = 1; id <= count; id++) {
            client.expectAck(PUBACK, id);
        }
    }

    /** How far the number of routes went up or down in one turn at most, until nothing is left to do. */
    private List<Long> routesAfterEachTurn() {
        List<Long> sizes = new ArrayList<>();
        sizes.add(gateway.routes().size());
        gateway.loop(0).afterEachTurn(() -> sizes.add(gateway.routes().size()));
        return sizes;
    }

    private static long largestStep(List<Long> sizes) {
        long largest = 0;
        for (int i = 1; i < sizes.size(); i++) {
            largest = Math.max(largest, Math.abs(sizes.get(i) - sizes.get(i - 1)));
        }
        return largest;
    }

    @Test
    void whoPublishesMuchAtOnceHasItDealtWithInTurnsWithTheOthers() {
        RawClient greedy = gateway.connect("greedy");
        RawClient modest = gateway.connect("modest");
        gateway.loop(0).eachLookTakes(LOOK);
        List<Double> dealtWith = acknowledgedAfterEachTurn();

        greedy.send(publishes(1_000));
        modest.send(PINGREQ);
        gateway.loop(0).turn();

        modest.expect(PINGRESP);
        expectAcknowledged(greedy, 1_000);
        expectNoTurnToDealWithMoreThanItsPart(dealtWith);
    }

    @Test
    void whatManyPublishAtOnceIsDealtWithInTurns() {
        List<RawClient> publishers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            publishers.add(gateway.connect("publisher-" + i));
        }
        gateway.loop(0).eachLookTakes(LOOK);
        List<Double> dealtWith = acknowledgedAfterEachTurn();

        publishers.forEach(each -> each.send(publishes(32)));
        gateway.settle();

        publishers.forEach(each -> expectAcknowledged(each, 32));
        expectNoTurnToDealWithMoreThanItsPart(dealtWith);
    }

    private List<Double> acknowledgedAfterEachTurn() {
        List<Double> counts = new ArrayList<>(List.of(0.0));
        gateway.loop(0).afterEachTurn(() -> counts.add(gateway.counted("mqtt.gateway.packets.sent", "type", "puback")));
        return counts;
    }

    private static void expectNoTurnToDealWithMoreThanItsPart(List<Double> counts) {
        for (int i = 1; i < counts.size(); i++) {
            assertThat(counts.get(i) - counts.get(i - 1)).isLessThanOrEqualTo(DEALT_WITH_AT_ONCE);
        }
    }

    @Test
    void whatOneHasPublishedBeforeAnotherPacketIsDealtWithBeforeIt() {
        RawClient client = gateway.connect("c");
        gateway.loop(0).eachLookTakes(LOOK);

        List<Double> dealtWith = acknowledgedAfterEachTurn();

        Outgoing[] all = new Outgoing[2_001];
        System.arraycopy(publishes(2_000), 0, all, 0, 2_000);
        all[2_000] = PINGREQ;
        client.send(all);

        expectAcknowledged(client, 2_000);
        client.expect(PINGRESP);
        expectNoTurnToDealWithMoreThanItsPart(dealtWith);
    }

    @Test
    void whatSomebodyHasSentBeforeHisConnectionBrokeIsDealtWith() {
        RawClient watcher = gateway.connect("watcher").subscribed("nobody/999", 0);
        RawClient client = gateway.connect("c");
        gateway.loop(0).eachLookTakes(LOOK);

        client.send(publishes(1_000));
        channel(client).vanish();

        watcher.expectPublish("m");
    }

    @Test
    void whatSomebodyHasPublishedWhileOthersWaitIsDealtWithBeforeHisSessionIsTakenOver() {
        RawClient watcher = gateway.connect("watcher").subscribed("seen", 0);
        RawClient greedy = gateway.connect("greedy");
        RawClient modest = gateway.connect("modest");
        gateway.loop(0).eachLookTakes(LOOK);

        greedy.send(publishes(8_000));
        gateway.loop(0).turn();
        modest.send(publish("seen", "m"));
        gateway.connect("modest");

        watcher.expectPublish("m");
    }

    @Test
    void whoPublishesBetweenPingsDoesNotMakeATurnLonger() {
        RawClient greedy = gateway.connect("greedy");
        RawClient pinging = gateway.connect("pinging");
        gateway.loop(0).eachLookTakes(LOOK);
        List<Double> dealtWith = acknowledgedAfterEachTurn();

        Outgoing[] pings = new Outgoing[40];
        for (int i = 0; i < 40; i += 2) {
            pings[i] = publish("nobody", "m");
            pings[i + 1] = PINGREQ;
        }
        pinging.send(pings);
        greedy.send(publishes(4_000));
        gateway.settle();

        expectAcknowledged(greedy, 4_000);
        expectNoTurnToDealWithMoreThanItsPart(dealtWith);
    }

    @Test
    void filtersOfOneSubscribeAreRoutedSomeAtATime() {
        RawClient client = gateway.connect("c");
        List<Long> sizes = routesAfterEachTurn();

        client.subscribed(filters("f"));

        assertThat(sizes.get(sizes.size() - 1) - sizes.get(0)).isEqualTo(FILTERS);
        assertThat(largestStep(sizes)).isLessThanOrEqualTo(SUBSCRIBED_AT_ONCE);
    }

    @Test
    void filtersOfACleanSessionLeaveSomeAtATime() {
        RawClient client = gateway.connect("c").subscribed(filters("f"));
        List<Long> sizes = routesAfterEachTurn();

        channel(client).vanish();

        assertThat(gateway.routes().size()).isZero();
        assertThat(largestStep(sizes)).isLessThanOrEqualTo(GONE_AT_ONCE);
    }

    @Test
    void filtersOfAKeptSessionThatItsClientEndsLeaveSomeAtATime() {
        RawClient client = gateway.connect(Version.V5, kept("c")).subscribed(filters("f"));
        List<Long> sizes = routesAfterEachTurn();

        client.send(disconnect(0).with(Prop.SESSION_EXPIRY_INTERVAL, 0));
        client.expectClosed();

        assertThat(gateway.routes().size()).isZero();
        assertThat(largestStep(sizes)).isLessThanOrEqualTo(GONE_AT_ONCE);
    }

    @Test
    void filtersOfSessionsThatExpireTogetherLeaveSomeAtATimeAndNoWillWaitsForThem() {
        gateway.connect("watcher").subscribed("will", 0);
        RawClient willing = gateway.connect(
                Version.V5, kept("willing").will(publish("will", "gone").with(Prop.WILL_DELAY_INTERVAL, 30)));
        List<RawClient> leaving = new ArrayList<>(List.of(willing));
        for (int i = 0; i < 10; i++) {
            leaving.add(gateway.connect(
                            Version.V5, connect("c" + i).cleanStart(false).with(Prop.SESSION_EXPIRY_INTERVAL, 30))
                    .subscribed(filters("f" + i)));
        }
        leaving.forEach(client -> channel(client).vanish());
        List<Long> sizes = routesAfterEachTurn();
        List<Long> sizesBeforeWill = new ArrayList<>();
        gateway.loop(0).afterEachTurn(() -> {
            if (gateway.counted("mqtt.gateway.wills.published") == 0) {
                sizesBeforeWill.add(gateway.routes().size());
            }
        });

        gateway.pass(Duration.ofSeconds(60));

        assertThat(gateway.routes().size()).as("the watcher's").isEqualTo(1);
        assertThat(largestStep(sizes)).isLessThanOrEqualTo(GONE_AT_ONCE);
        assertThat(sizesBeforeWill.get(sizesBeforeWill.size() - 1))
                .as("subscriptions left when the will was published")
                .isGreaterThan(9 * FILTERS);
    }
}
