// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.shared;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Which member of a shared subscription gets a message, for each value of {@code session.shared-strategy}. */
final class SharedStrategyTest {
    private static final String END = "end";

    /** Clients in one shared subscription, each with a topic of its own beside it on which it is told to stop. */
    private static final class Group {
        private final Lab lab;
        private final RawClient publisher;
        private final List<RawClient> members = new ArrayList<>();

        Group(Lab lab) {
            this.lab = lab;
            this.publisher = lab.connect(Version.V5);
        }

        Group with(int count) {
            for (int i = 0; i < count; i++) {
                with(lab.connect(Version.V5), 1);
            }
            return this;
        }

        RawClient with(RawClient member, int qos) {
            members.add(member);
            member.subscribed(subscribe(lab.topic(END + members.size()), 1));
            return member.subscribed(lab.shared("g", "jobs"), qos);
        }

        void publish(int from, int to) {
            for (int i = from; i < to; i++) {
                publisher.published(Publish.publish(lab.topic("jobs"), "m" + i).qos(1), 1);
            }
        }

        void end() {
            for (int i = 1; i <= members.size(); i++) {
                publisher.published(Publish.publish(lab.topic(END + i), END).qos(1), 1);
            }
        }

        /** What each member has been given, in the order in which they joined. */
        List<List<String>> given() {
            end();
            return members.stream().map(Group::untilEnd).toList();
        }

        static List<String> untilEnd(RawClient member) {
            List<String> texts = new ArrayList<>();
            for (String text = member.take().text();
                    !text.equals(END);
                    text = member.take().text()) {
                texts.add(text);
            }
            return texts;
        }
    }

    private static List<String> all(List<List<String>> given) {
        return given.stream().flatMap(List::stream).toList();
    }

    private static List<String> messages(int from, int to) {
        List<String> texts = new ArrayList<>();
        for (int i = from; i < to; i++) {
            texts.add("m" + i);
        }
        return texts;
    }

    @Nested
    @OnGateway(value = "session.shared-strategy=random", alone = true)
    final class AtRandom {
        @Test
        void everyMemberGetsItsShareInNoFixedOrder(Lab lab) {
            Group group = new Group(lab).with(3);

            group.publish(0, 90);

            List<List<String>> given = group.given();
            assertThat(all(given)).containsExactlyInAnyOrderElementsOf(messages(0, 90));
            assertThat(given).allSatisfy(each -> assertThat(each).hasSizeGreaterThan(5));
            assertThat(given)
                    .as("in turn would be m0, m3, m6 for one member")
                    .noneMatch(each -> each.containsAll(List.of("m0", "m3", "m6", "m9", "m12", "m15", "m18", "m21")));
        }
    }

    @Nested
    @OnGateway(
            value = {"session.shared-strategy=sticky", "limits.outbound-drop-bytes=64KiB", "limits.max-inflight=1000"},
            alone = true)
    final class Sticky {
        @Test
        void oneMemberGetsAllUntilItLeaves(Lab lab) {
            Group group = new Group(lab).with(3);
            group.publish(0, 6);
            RawClient favourite = group.members.get(0);
            for (int i = 0; i < 6; i++) {
                assertThat(favourite.take().text()).isEqualTo("m" + i);
            }

            favourite.disconnect();
            group.publish(6, 12);

            group.members.remove(0);
            group.publisher.published(publish(lab.topic(END + 2), END).qos(1), 1);
            group.publisher.published(publish(lab.topic(END + 3), END).qos(1), 1);
            List<List<String>> given =
                    group.members.stream().map(Group::untilEnd).toList();
            assertThat(given).containsExactlyInAnyOrder(messages(6, 12), List.of());
        }

        @Test
        void memberWhoseWindowIsFullPassesOnAndGoesOnWhenItAcknowledges(Lab lab) {
            Group group = new Group(lab);
            RawClient full = group.with(lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 2)), 1);
            RawClient free = group.with(lab.connect(Version.V5), 1);
            group.publish(0, 2);
            Packet first = full.expectPublish("m0");
            Packet second = full.expectPublish("m1");

            group.publish(2, 6);

            for (int i = 2; i < 6; i++) {
                assertThat(free.take().text()).isEqualTo("m" + i);
            }
            full.send(
                    Packets.ack(PacketType.PUBACK, first.packetId()),
                    Packets.ack(PacketType.PUBACK, second.packetId()));
            full.expectAlive();
            group.publish(6, 7);
            assertThat(full.take().text()).isEqualTo("m6");
        }

        @Test
        void memberThatDoesNotReadPassesOnAndNothingIsLost(Lab lab) throws Exception {
            int count = 160;
            Group group = new Group(lab);
            RawClient stuck = group.with(
                    lab.over(TcpChannel.open(lab.gateway().tcpPort(), 4_096), Version.V5)
                            .connected(lab.anonymous()),
                    1);
            RawClient free = group.with(lab.connect(Version.V5), 1);
            CompletableFuture<List<String>> freely = CompletableFuture.supplyAsync(() -> Group.untilEnd(free));

            String padding = "x".repeat(60_000);
            for (int i = 0; i < count; i++) {
                group.publisher.published(
                        publish(lab.topic("jobs"), i + padding).qos(1), 1);
            }
            group.end();

            List<String> passedOn = freely.get(20, TimeUnit.SECONDS);
            List<String> late = Group.untilEnd(stuck);
            assertThat(passedOn).isNotEmpty();
            assertThat(late).isNotEmpty();
            assertThat(passedOn.size() + late.size()).isEqualTo(count);
        }

        @Test
        void memberThatIsAwayGetsMessagesOnlyWhenNobodyIsThere(Lab lab) {
            lab.connect(Version.V5, kept(lab.id("away")))
                    .subscribed(lab.shared("g", "jobs"), 1)
                    .disconnect();
            Group group = new Group(lab).with(1);
            group.publish(0, 3);
            RawClient here = group.members.get(0);
            for (int i = 0; i < 3; i++) {
                assertThat(here.take().text()).isEqualTo("m" + i);
            }

            here.disconnect();
            group.publish(3, 5);

            RawClient back = lab.connect(Version.V5, kept(lab.id("away")));
            assertThat(back.take().text()).isEqualTo("m3");
            assertThat(back.take().text()).isEqualTo("m4");
            back.expectAlive();
        }
    }

    @Nested
    @OnGateway(value = "session.shared-strategy=hash-client-id", alone = true)
    final class ByHashOfTheClientIdentifier {
        @Test
        void onePublisherHasOneMember(Lab lab) {
            Group group = new Group(lab).with(3);

            for (int p = 0; p < 10; p++) {
                // The hash code of the last is the lowest int, which has no absolute value (Moquette).
                RawClient publisher = lab.connect(Version.V5, connect(p < 9 ? lab.id("p" + p) : "polygenelubricants"));
                for (int i = 0; i < 4; i++) {
                    publisher.published(publish(lab.topic("jobs"), "p" + p).qos(1), 1);
                }
            }

            List<List<String>> given = group.given();
            assertThat(all(given)).hasSize(40);
            assertThat(given)
                    .as("the publishers are spread")
                    .allSatisfy(each -> assertThat(each).isNotEmpty());
            for (int p = 0; p < 10; p++) {
                String name = "p" + p;
                assertThat(given.stream().filter(each -> each.contains(name))).hasSize(1);
            }
        }
    }

    @Nested
    @OnGateway(value = "session.shared-strategy=local-first", alone = true)
    final class LocalFirst {
        @Test
        void membersOfThisGatewayTakeTurns(Lab lab) {
            Group group = new Group(lab).with(4);

            group.publish(0, 24);

            List<List<String>> given = group.given();
            assertThat(all(given)).containsExactlyInAnyOrderElementsOf(messages(0, 24));
            assertThat(given).allSatisfy(each -> assertThat(each).isNotEmpty());
        }
    }
}
