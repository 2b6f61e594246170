// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.redis.RedisProcess;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A gateway whose memory is too small for what the others route says so and does not start. It died 6 to 10 s later, as long as those
 * sessions lived.
 */
final class RoutesThatDoNotFitTest {
    private static final int SESSIONS = 40;
    private static final int FILTERS = 100;

    private static HoldfastConfig config(RedisProcess redis, String budget) {
        return HoldfastConfig.of(
                "dev=true",
                "listeners.host=127.0.0.1",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "store.redis.url=" + redis.addressForGateways(),
                "limits.memory-budget=" + budget);
    }

    @Test
    void aStartThatDoesNotFitSaysSoInOneLineAndOneThatFitsServes() throws CommandFailure {
        try (RedisProcess redis = RedisProcess.start();
                Gateway one = Gateway.start(config(redis, "64MiB"), List.of())) {
            for (int i = 0; i < SESSIONS; i++) {
                keep(one, i);
            }

            CommandFailure failure = catchThrowableOfType(
                    CommandFailure.class,
                    () -> Gateway.start(config(redis, "1MiB"), List.of()).close());

            assertThat(failure.exitCode()).isEqualTo(CommandFailure.FAILED);
            assertThat(failure.getMessage())
                    .startsWith("holdfast: the routes of the other gateways do not fit")
                    .contains(SESSIONS + " sessions with " + SESSIONS * FILTERS + " subscriptions take")
                    .contains("limits.memory-budget")
                    .doesNotContain("\n");
            try (Gateway other = Gateway.start(config(redis, "64MiB"), List.of())) {
                assertThat(other.ready()).startsWith("ready ");
            }
        }
    }

    /** A session that is kept, with a hundred filters of its own. */
    private static void keep(Gateway gateway, int number) {
        RawClient client = new RawClient(TcpChannel.open(gateway.tcp().getPort()), Version.V5);
        client.connected(Connect.kept("many-" + number));
        Subscribe many = Subscribe.subscribe(1);
        for (int i = 0; i < FILTERS; i++) {
            many.to("many/" + number + "/" + "level/".repeat(8) + i, 1);
        }
        client.send(many).expect(PacketType.SUBACK);
        client.close();
    }
}
