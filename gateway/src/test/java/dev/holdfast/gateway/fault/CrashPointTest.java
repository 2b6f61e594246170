// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.app.CrashableGateway;
import dev.holdfast.gateway.app.CrashableGateway.CrashPoint;
import dev.holdfast.gateway.fault.rig.Exchange;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.store.redis.RedisProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One QoS 2 exchange from a publisher through a gateway to a subscriber with a kept session, and the gateway dies in the
 * middle of it. Both clients come to another gateway and go on as the specification has it: the message is delivered
 * once, whatever the point.
 *
 * <pre>
 *   publisher     gateway            Redis                      subscriber
 *     PUBLISH  ->   holdInbound    before | after
 *     PUBREC   &lt;-   lost | arrived
 *     PUBREL   ->   enqueue        before | after
 *                   dropInbound    before | after
 *     PUBCOMP  &lt;-   lost | arrived
 *                   lost | arrived                          ->   PUBLISH
 *                   release        before | after           &lt;-   PUBREC
 *                   lost | arrived                          ->   PUBREL
 *                   acknowledge    before | after           &lt;-   PUBCOMP
 * </pre>
 */
final class CrashPointTest {
    private static final String READS_LOG = "session.wide-filter-from=1";

    private static RedisProcess redis;
    private static CrashableGateway safe;
    private static CrashableGateway safeWithLogs;
    private static int exchanges;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start("--appendonly", "yes");
        safe = CrashableGateway.start(redis.addressForGateways());
        safeWithLogs = CrashableGateway.start(redis.addressForGateways(), READS_LOG);
    }

    @AfterAll
    static void stop() {
        safe.close();
        safeWithLogs.close();
        redis.close();
    }

    /** Where a gateway dies: at an operation of its store, or after a packet to a client. */
    record Death(String at, boolean isPacket, boolean late) {
        /** Before or after Redis has done it. */
        static Death of(String operation, boolean after) {
            return new Death(operation, false, after);
        }

        /** When the packet has been sent, and has been lost or has arrived. */
        static Death of(Exchange.Party to, PacketType packet, boolean arrived) {
            return new Death(packet + " to " + to, true, arrived);
        }

        @Override
        public String toString() {
            return at + (isPacket ? late ? " arrived" : " lost" : late ? " done" : " not done");
        }
    }

    static Stream<List<Death>> deaths() {
        List<List<Death>> all = new ArrayList<>();
        for (boolean late : new boolean[] {false, true}) {
            for (String operation : List.of("holdInbound", "enqueue", "dropInbound", "release", "acknowledge")) {
                all.add(List.of(Death.of(operation, late)));
            }
            for (PacketType packet : List.of(PacketType.PUBREC, PacketType.PUBCOMP)) {
                all.add(List.of(Death.of(Exchange.Party.PUBLISHER, packet, late)));
            }
            for (PacketType packet : List.of(PacketType.PUBLISH, PacketType.PUBREL)) {
                all.add(List.of(Death.of(Exchange.Party.SUBSCRIBER, packet, late)));
            }
            // And the gateway that takes it up dies, too, before the third one ends it.
            for (String operation : List.of("takeInbound", "enqueue", "dropInbound", "release", "acknowledge")) {
                all.add(List.of(
                        Death.of(Exchange.Party.PUBLISHER, PacketType.PUBREC, true), Death.of(operation, late)));
            }
            all.add(List.of(
                    Death.of(Exchange.Party.PUBLISHER, PacketType.PUBREC, false), Death.of("dropOtherInbound", late)));
            all.add(List.of(Death.of("enqueue", true), Death.of("enqueue", late)));
            all.add(List.of(Death.of(Exchange.Party.SUBSCRIBER, PacketType.PUBLISH, false), Death.of("release", late)));
            all.add(List.of(Death.of("release", true), Death.of(Exchange.Party.SUBSCRIBER, PacketType.PUBREL, late)));
        }
        return all.stream();
    }

    /** Where the subscriber reads a log: the message is appended there, and what it has done is told with its cursor. */
    static Stream<List<Death>> deathsWithLogs() {
        List<List<Death>> all = new ArrayList<>();
        for (boolean late : new boolean[] {false, true}) {
            for (String operation : List.of("append", "dropInbound", "keepCursors")) {
                all.add(List.of(Death.of(operation, late)));
                all.add(List.of(
                        Death.of(Exchange.Party.PUBLISHER, PacketType.PUBREC, true), Death.of(operation, late)));
            }
            for (PacketType packet : List.of(PacketType.PUBLISH, PacketType.PUBREL)) {
                all.add(List.of(Death.of(Exchange.Party.SUBSCRIBER, packet, late)));
            }
            all.add(List.of(Death.of("append", true), Death.of("append", late)));
            all.add(List.of(
                    Death.of(Exchange.Party.SUBSCRIBER, PacketType.PUBLISH, false), Death.of("keepCursors", late)));
            all.add(List.of(
                    Death.of("keepCursors", true), Death.of(Exchange.Party.SUBSCRIBER, PacketType.PUBREL, late)));
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("deaths")
    void aGatewayThatDiesInTheMiddleOfAnExchangeCostsNothingAndDoublesNothing(List<Death> deaths) throws Exception {
        run(deaths, safe);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("deathsWithLogs")
    void soItIsWhereTheSubscriberReadsALog(List<Death> deaths) throws Exception {
        run(deaths, safeWithLogs, READS_LOG);
    }

    private static void run(List<Death> deaths, CrashableGateway safe, String... settings) throws Exception {
        try (Exchange exchange = new Exchange("x" + ++exchanges)) {
            exchange.prepare(safe.tcpPort());
            for (Death death : deaths) {
                try (CrashableGateway dying = CrashableGateway.start(redis.addressForGateways(), settings)) {
                    if (!death.isPacket()) {
                        dying.crashAt(new CrashPoint(death.at(), death.late()));
                    }
                    exchange.moveTo(dying.tcpPort());
                    exchange.run(
                            (to, packet) -> {
                                if (death.isPacket() && death.at().equals(packet + " to " + to)) {
                                    dying.crash();
                                    return death.late();
                                }
                                return true;
                            },
                            dying::hasCrashed);
                    assertThat(dying.hasCrashed()).as("%s came to pass", death).isTrue();
                }
            }
            exchange.moveTo(safe.tcpPort());
            exchange.run(
                    (to, packet) -> true,
                    () -> exchange.isOver() && left(exchange).isEmpty());

            assertThat(exchange.deliveries()).isEqualTo(1);
            assertThat(exchange.isOver()).isTrue();
            assertThat(left(exchange)).isEmpty();
            exchange.expectNothingMore(safe.tcpPort());
        }
    }

    /** The keys of what is in flight, in and out. */
    private static List<String> left(Exchange exchange) {
        return redis.keys().stream()
                .filter(key -> key.matches("hf:\\{" + exchange.name() + "[ps]}[qi]"))
                .toList();
    }
}
