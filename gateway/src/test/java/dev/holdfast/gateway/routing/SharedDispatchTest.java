// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Packets.disconnect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.unit.UnitGateway.channel;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which member of a shared subscription gets a message, and what becomes of it when that one does not acknowledge it. */
@Tag("unit")
final class SharedDispatchTest {
    private static final String FILTER = "$share/g/jobs";

    private static Connect member(String id, boolean isKept) {
        return isKept ? kept(id) : connect(id);
    }

    private static RawClient join(UnitGateway gateway, Connect connect) {
        return gateway.connect(Version.V5, connect).subscribed(FILTER, 1);
    }

    private static void publishJobs(UnitGateway gateway, int count) {
        RawClient publisher = gateway.connect("publisher");
        for (int i = 1; i <= count; i++) {
            publisher.published(publish("jobs", "m" + i).qos(1), i);
        }
        publisher.send(disconnect());
        publisher.expectClosed();
    }

    private static String[] jobs(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> "m" + i).toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void membersTakeTurnsWhateverKeepsTheirMessages(int threads) { // MQTT 5.0 section 4.8.2
        UnitGateway gateway = UnitGateway.withThreads(threads);
        List<RawClient> members = List.of(
                join(gateway, member("clean", false)),
                join(gateway, member("kept", true)),
                join(gateway, member("other", false)));

        publishJobs(gateway, 12);

        List<String> all = new ArrayList<>();
        for (RawClient each : members) {
            List<String> its = each.expectPublishes(4);
            assertThat(channel(each).hasOutput()).isFalse();
            all.addAll(its);
        }
        assertThat(all).containsExactlyInAnyOrder(jobs(12));
    }

    /** Its routes may be there for a while longer: the message counted as one that had found a member. */
    @Test
    void sessionThatIsGoneIsNoMember() {
        UnitGateway gateway = UnitGateway.with();
        join(gateway, kept("gone")).disconnect();
        Objects.requireNonNull(gateway.sessions().find("gone")).withdraw();

        publishJobs(gateway, 1);

        assertThat(gateway.counted("mqtt.gateway.messages.dropped", "cause", "no_member"))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void memberWithAFullWindowIsPassedOver(boolean isKept) {
        UnitGateway gateway = UnitGateway.withThreads(2);
        RawClient busy = join(gateway, member("busy", isKept).with(Prop.RECEIVE_MAXIMUM, 1));
        RawClient ready = join(gateway, member("ready", isKept));

        publishJobs(gateway, 6);

        assertThat(busy.expectPublishes(1)).hasSize(1);
        assertThat(channel(busy).hasOutput()).isFalse();
        assertThat(ready.expectPublishes(5)).hasSize(5);
    }

    @Test
    void memberThatIsConnectedComesBeforeOneThatIsAway() {
        UnitGateway gateway = UnitGateway.with();
        join(gateway, member("away", true)).disconnect();
        RawClient here = join(gateway, member("here", false));

        publishJobs(gateway, 4);

        assertThat(here.expectPublishes(4)).containsExactly(jobs(4));
        gateway.connect(Version.V5, member("away", true)).expectAlive();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatALeavingMemberHasNotAcknowledgedGoesToAnother(boolean isKept) { // [MQTT-4.8.2-5]
        UnitGateway gateway = UnitGateway.withThreads(2);
        RawClient leaves = join(gateway, member("leaves", isKept));
        publishJobs(gateway, 3);
        int first = leaves.expect(PUBLISH).packetId();
        leaves.expectPublishes(2);
        leaves.send(ack(PUBACK, first));
        RawClient stays = join(gateway, member("stays", false));
        assertThat(channel(stays).hasOutput()).isFalse();

        channel(leaves).vanish();

        assertThat(stays.expectPublishes(2)).containsExactly("m2", "m3");
        assertThat(channel(stays).hasOutput()).isFalse();
        if (isKept) {
            gateway.connect(Version.V5, member("leaves", true)).expectAlive();
        }
    }

    @Test
    void whatAKeptMemberHasNotAcknowledgedStaysItsOwnIfNobodyElseIsThere() {
        UnitGateway gateway = UnitGateway.with();
        RawClient leaves = join(gateway, member("leaves", true));
        publishJobs(gateway, 2);
        leaves.expectPublishes(2);

        channel(leaves).vanish();

        assertThat(gateway.connect(Version.V5, member("leaves", true)).expectPublishes(2))
                .containsExactly(jobs(2));
    }

    /** A queue without room passes the message on; it is lost only if no queue has any. */
    @Test
    void memberWhoseQueueIsFullPassesTheMessageOn() {
        UnitGateway gateway = UnitGateway.with("session.max-queue-messages=2", "session.when-full=drop-newest");
        join(gateway, member("a", true)).disconnect();
        join(gateway, member("b", true)).disconnect();
        gateway.connect(Version.V5, member("a", true)).subscribed("plain", 1).disconnect();
        RawClient publisher = gateway.connect("filler");
        publisher.published(publish("plain", "x").qos(1), 1);
        publisher.published(publish("plain", "y").qos(1), 2);

        publishJobs(gateway, 2);

        assertThat(gateway.connect(Version.V5, member("b", true)).expectPublishes(2))
                .containsExactly(jobs(2));
        assertThat(gateway.connect(Version.V5, member("a", true)).expectPublishes(2))
                .containsExactly("x", "y");
    }

    @Test
    void groupWithoutMembersIsNobody() {
        UnitGateway gateway = UnitGateway.with();
        join(gateway, member("clean", false)).disconnect();
        RawClient publisher = gateway.connect("publisher");

        publisher.send(publish("jobs", "m").atLeastOnce(1));

        assertThat(publisher.expect(PUBACK).reason()).isEqualTo(Reason.NO_MATCHING_SUBSCRIBERS);
        assertThat(gateway.routes().remembered()).isZero();
    }
}
