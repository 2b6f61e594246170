// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static dev.holdfast.gateway.unit.UnitGateway.channel;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.holdfast.gateway.client.Client;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Packets that are being dealt with, or wait to be, when a fault or another packet ends their connection. */
@Tag("unit")
final class CutPacketTest {
    private static final int FILTERS = 256;

    private final UnitGateway gateway = UnitGateway.with("limits.receive-maximum=1");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) Client.LOG).addAppender(log);
    }

    @AfterEach
    void hearNoMore() {
        ((Logger) Client.LOG).detachAppender(log);
    }

    private static String[] filters() {
        return IntStream.range(0, FILTERS).mapToObj(i -> "f/" + i).toArray(String[]::new);
    }

    private static Subscribe subscribeToAll() {
        Subscribe all = subscribe(1);
        for (String filter : filters()) {
            all.to(filter, 1);
        }
        return all;
    }

    private void turnUntilRoutesAreNot(long count) {
        while (gateway.routes().size() == count) {
            gateway.loop(0).turn();
        }
        assertThat(gateway.routes().size()).as("some, and not all").isBetween(1L, FILTERS - 1L);
    }

    @Test
    void filtersThatAreStoredAreRoutedThoughAFaultEndsTheConnection() {
        RawClient client = gateway.connect(Version.V5, kept("c"));
        client.send(subscribeToAll());
        turnUntilRoutesAreNot(0);

        channel(client).fails();

        assertThat(gateway.routes().size()).isEqualTo(FILTERS);
        RawClient again = gateway.connect(Version.V5, kept("c"));
        gateway.connect("p").published(publish("f/255", "m").qos(1), 1);
        again.expectPublish("m");
    }

    @Test
    void filtersThatTheStoreHasForgottenAreNotRoutedThoughAFaultEndsTheConnection() {
        RawClient client = gateway.connect(Version.V5, kept("c")).subscribed(subscribeToAll());
        client.send(unsubscribe(2, filters()));
        turnUntilRoutesAreNot(FILTERS);

        channel(client).fails();

        assertThat(gateway.routes().size()).isZero();
    }

    /** The session had been left by then, and that was an error in the log. */
    @Test
    void packetBehindAPublishThatEndsTheConnectionIsNotDealtWith() {
        RawClient client = gateway.connect("c").subscribed("t", 0);

        client.send(publish("a", "m").exactlyOnce(1), publish("a", "m").exactlyOnce(2), unsubscribe(3, "t"));

        client.expectAck(PUBREC, 1);
        client.expectDisconnected(Reason.RECEIVE_MAXIMUM_EXCEEDED);
        assertThat(log.list).noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.ERROR));
    }
}
