// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.store.redis.RedisAccess;
import dev.holdfast.store.redis.RedisAccess.Login;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisSettings.Mode;
import dev.holdfast.store.redis.RedisSettings.Server;
import dev.holdfast.store.redis.connection.RedisConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reason why a login fails is told, and a password never is. */
final class InspectionTest {
    private static RedisProcess redis;
    private static RedisProcess sentinel;
    private static RedisProcess open;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start("--appendonly", "yes");
        redis.command("ACL", "SETUSER", "off", "off", ">hidden");
        redis.command("CONFIG", "SET", "requirepass", "s@cret");
        open = RedisProcess.start("--appendonly", "yes");
        sentinel = RedisProcess.startSentinel(open.port());
    }

    @AfterAll
    static void stop() {
        sentinel.close();
        open.close();
        redis.close();
    }

    private static RedisRefusedException refused(RedisSettings settings, Duration patience) {
        return catchThrowableOfType(RedisRefusedException.class, () -> new Inspection(settings, patience).run());
    }

    private static RedisRefusedException refused(RedisSettings settings) {
        return refused(settings, Inspection.PATIENCE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            redis://@PORT               | noauth    | wants a password, and is given none
            redis://hidden@@PORT        | wrongpass | does not take the user name or the password, or the user is disabled
            redis://nobody:hidden@@PORT | wrongpass | does not take the user name or the password, or the user is disabled
            redis://off:hidden@@PORT    | wrongpass | does not take the user name or the password, or the user is disabled
            redis://s@cret@@PORT/16     | database  | has no database 16, see its setting databases
            """)
    void whoIsNotLetInIsToldWhy(String url, String kind, String words) {
        String place = "127.0.0.1:" + redis.port();

        RedisRefusedException why = refused(RedisSettings.of(url.replace("@PORT", place)));

        assertThat(why).hasMessageStartingWith(place + " " + words);
        assertThat(why.kind()).isEqualTo(kind);
        assertThat(why.isAway()).isFalse();
        assertThat(why).hasMessageNotContainingAny("hidden", "s@cret");
    }

    @Test
    void aPasswordWithAnAtSignLetsIn() throws Exception {
        String url = "redis://s@cret@127.0.0.1:" + redis.port() + "/15";

        assertThat(new Inspection(RedisSettings.of(url), Inspection.PATIENCE).run())
                .isEmpty();
    }

    @Test
    void aPasswordThatNobodyWantsIsTold() {
        assertThat(refused(RedisSettings.of("redis://hidden@127.0.0.1:" + open.port())))
                .hasMessageContaining("has no password for its default user, and is given one");
    }

    @Test
    void whoIsNotThereOrDoesNotAnswerOrIsNoRedisIsToldSo() throws Exception {
        assertThat(refused(RedisSettings.of("redis://127.0.0.1:" + RedisProcess.freePort())))
                .hasMessageContaining("refuses the connection: nobody listens there")
                .returns(true, RedisRefusedException::isAway);
        assertThat(refused(RedisSettings.of("redis://no_such_host.invalid")))
                .hasMessageStartingWith("no_such_host.invalid:6379 has a name that nobody knows");
        open.pause();
        try {
            assertThat(refused(RedisSettings.of(open.address()), Duration.ofMillis(300)))
                    .hasMessageContaining("has not answered in time");
        } finally {
            open.resume();
        }
        try (ServerSocket web = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> serving =
                    CompletableFuture.runAsync(() -> answer(web, "HTTP/1.1 400 Bad Request\r\n\r\n"));
            assertThat(refused(RedisSettings.of("redis://127.0.0.1:" + web.getLocalPort())))
                    .hasMessageContaining("does not answer as Redis does");
            web.close();
            serving.handle((nothing, closed) -> null).join();
        }
    }

    private static void answer(ServerSocket listening, String text) {
        while (true) {
            try (Socket socket = listening.accept()) {
                socket.getInputStream().read();
                socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException closed) {
                return;
            }
        }
    }

    @Test
    void whatIsRunInAnotherWayThanIsSetIsTold() {
        assertThat(refused(RedisSettings.of(Server.of(Mode.CLUSTER, List.of(open.address())))))
                .hasMessageContaining("is not part of a Redis Cluster (store.redis.mode)");
        assertThat(refused(RedisSettings.of(Server.of(Mode.SENTINEL, List.of(open.address())))))
                .hasMessageContaining("Sentinel " + open.address().substring(8) + " is no Sentinel (store.redis.mode)");
        assertThat(refused(RedisSettings.of(sentinel.address())))
                .hasMessageContaining("is a Sentinel and keeps nothing itself");
    }

    /** A start while the first master did not answer once waited for it 20 s instead of 10. */
    @Test
    void aNodeOfAClusterThatDoesNotAnswerIsAskedOnce() throws Exception {
        try (RedisCluster cluster = RedisCluster.startWithoutReplicas()) {
            RedisProcess first = cluster.nodes().get(0);
            int before = connections(first);
            first.pause();
            List<String> warnings;
            try {
                warnings = new Inspection(cluster.settings(), Duration.ofMillis(300)).run();
            } finally {
                first.resume();
            }

            assertThat(warnings).as("of the two others").hasSize(2);
            assertThat(connections(first) - before)
                    .as("one as it is set, one with TLS, and our own")
                    .isEqualTo(3);
        }
    }

    private static int connections(RedisProcess redis) {
        return redis.command("INFO", "stats")
                .lines()
                .filter(line -> line.startsWith("total_connections_received:"))
                .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf(':') + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aSentinelThatKnowsTheMasterLeadsToIt() throws Exception {
        RedisSettings settings = RedisSettings.of(Server.of(Mode.SENTINEL, List.of(sentinel.address())));
        assertThat(new Inspection(settings, Inspection.PATIENCE).run()).isEmpty();

        Server other = new Server(Mode.SENTINEL, List.of(sentinel.address()), "another", 0, RedisAccess.ANONYMOUS);
        assertThat(refused(RedisSettings.of(other)))
                .hasMessageContaining("watches no master of the name another (store.redis.master-name)");
    }

    @Test
    void aSentinelThatAsksForAPasswordIsToldApartFromTheMaster() throws Exception {
        try (RedisProcess asking = RedisProcess.startSentinel(open.port())) {
            asking.command("ACL", "SETUSER", "asker", "on", ">asks", "+ping", "+sentinel|get-master-addr-by-name");
            asking.command("ACL", "SETUSER", "whole", "on", ">asks", "+ping", "+sentinel");
            asking.command("ACL", "SETUSER", "default", "resetpass", ">hidden");
            String place = "Sentinel 127.0.0.1:" + asking.port();

            assertThat(refused(at(asking, Login.NONE)))
                    .hasMessage(place
                            + " wants a password, and is given none (NOAUTH; store.redis.sentinel-password-file)");
            assertThat(refused(at(asking, new Login(null, "wrong"))))
                    .hasMessageStartingWith(place + " does not take the user name or the password");
            assertThat(refused(at(asking, new Login("asker", "asks"))))
                    .hasMessage(place + " denies rights that are needed: +sentinel|sentinels +sentinel|slaves");
            // The master, which wants none, is not told the Sentinel's password.
            assertThat(new Inspection(at(asking, new Login("whole", "asks")), Inspection.PATIENCE).run())
                    .isEmpty();
            try (RedisConnection connection = RedisConnection.open(at(asking, new Login("whole", "asks")))) {
                assertThat(connection.contact().toCompletableFuture().join()).isNull();
            }
        }
    }

    private static RedisSettings at(RedisProcess sentinel, Login login) {
        return RedisSettings.of(Server.of(Mode.SENTINEL, List.of(sentinel.address()))
                .with(new RedisAccess(() -> Login.NONE, () -> login, null)));
    }
}
