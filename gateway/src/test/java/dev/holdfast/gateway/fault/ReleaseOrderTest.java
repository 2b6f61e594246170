// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.app.CrashableGateway;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.FaultProxy.Direction;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.redis.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** QoS 2 messages are distributed in the order of their PUBRELs, wherever they have to be fetched from. */
final class ReleaseOrderTest {
    private static final int RESUMED = 5;

    private RedisProcess redis;
    private FaultProxy toRedis;
    private CrashableGateway gateway;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        toRedis = FaultProxy.to(redis::port);
        gateway = CrashableGateway.start("redis://127.0.0.1:" + toRedis.port());
    }

    @AfterEach
    void stop() {
        toRedis.heal();
        gateway.close();
        toRedis.close();
        redis.close();
    }

    /**
     * Found by the fault rig, seed 2: a publisher came back after its gateway had been cut off from Redis. What it had
     * sent before was fetched from Redis, what it sent now was known, and its PUBREL was served first.
     */
    @Test
    void aMessageThatIsKnownDoesNotOvertakeThoseThatAreFetched() {
        RawClient subscriber = connect("s").subscribed("order/t", 2);
        RawClient before = connect("p");
        List<String> sent = new ArrayList<>();
        for (int id = 1; id <= RESUMED; id++) {
            before.send(message(id));
            before.expectAck(PacketType.PUBREC, id);
            sent.add("m" + id);
        }
        before.close();
        RawClient publisher = connect("p");
        toRedis.delay(Direction.TO_SERVER, Duration.ofMillis(100)).delay(Direction.TO_CLIENT, Duration.ofMillis(100));

        List<Outgoing> packets = new ArrayList<>(List.of(message(RESUMED + 1)));
        for (int id = 1; id <= RESUMED; id++) {
            packets.add(Packets.ack(PacketType.PUBREL, id));
        }
        publisher.send(packets.toArray(new Outgoing[0]));
        publisher.expectAck(PacketType.PUBREC, RESUMED + 1);
        publisher.send(Packets.ack(PacketType.PUBREL, RESUMED + 1));
        sent.add("m" + (RESUMED + 1));

        assertThat(subscriber.expectPublishes(RESUMED + 1)).isEqualTo(sent);
    }

    private RawClient connect(String clientId) {
        return new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5).connected(Connect.kept(clientId));
    }

    private static Publish message(int id) {
        return Publish.publish("order/t", "m" + id).exactlyOnce(id);
    }
}
