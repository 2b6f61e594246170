// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Which ends of connections the log tells of. */
final class ConnectionLogTest {
    @Nested
    @OnGateway
    final class AtInfo {
        @Test
        void aClientThatThrewItselfOutIsTold(Lab lab) {
            lab.connect(Version.V5, Connect.connect(lab.id("out"))).send(Connect.connect(lab.id("out")));

            await().until(() -> lab.gateway().hasLogged("closed", lab.id("out"), "reason=\"protocol_error\""));
        }

        @Test
        void aClientThatLeavesByItselfIsNotTold(Lab lab) {
            lab.connect(Version.V5, Connect.connect(lab.id("left"))).disconnect();
            lab.connect(Version.V5, Connect.connect(lab.id("gone"))).vanish();
            aClientThatThrewItselfOutIsTold(lab);

            assertThat(lab.gateway().hasLogged("closed", lab.id("left"))).isFalse();
            assertThat(lab.gateway().hasLogged("closed", lab.id("gone"))).isFalse();
        }
    }

    @Nested
    @OnGateway("log.level=debug")
    final class AtDebug {
        @Test
        void everyEndIsTold(Lab lab) {
            lab.connect(Version.V5, Connect.connect(lab.id("left"))).disconnect();
            lab.connect(Version.V3_1_1, Connect.connect(lab.id("gone"))).vanish();

            await().until(() -> lab.gateway().hasLogged("closed", lab.id("left"), "reason=\"normal\"")
                    && lab.gateway().hasLogged("closed", lab.id("gone"), "reason=\"peer_closed\""));
        }
    }

    /** One client that came again and again wrote 6,560 lines a second. */
    @Nested
    @OnGateway("log.ends-per-address=6/min burst 3")
    final class AtARate {
        @Test
        void oneAddressIsToldOfAtARateAndTheRestIsSummedUp(Lab lab) throws IOException {
            for (int i = 0; i < 30; i++) {
                lab.connect(Version.V5, Connect.connect(lab.id("out")))
                        .send(Connect.connect(lab.id("out")))
                        .expectDisconnected(0x82);
            }
            lab.open(Version.V5).send(Connect.connect("x".repeat(500))).expectRefused(2, 0x85);

            await().until(() -> lab.gateway().hasLogged("closed", "reason=\"client_identifier_not_valid\""));
            await().atMost(Duration.ofSeconds(25))
                    .until(() -> lab.gateway()
                            .hasLogged("more have been closed", "reason=\"protocol_error\"", "count=\"27\""));
            assertThat(Files.readAllLines(lab.gateway().log()))
                    .filteredOn(line ->
                            line.contains("connection closed client") && line.contains("reason=\"protocol_error\""))
                    .hasSize(3);
        }
    }

    /** A client identifier could end its quotes and claim what it liked, or break the line. */
    @Nested
    @OnGateway
    final class WithWhatAClientHasSent {
        @Test
        void itStaysWithinItsQuotesAndItsLine(Lab lab) {
            String id = lab.id("a\" reason=\"normal\\\u202e\u2028b");

            lab.connect(Version.V5, Connect.connect(id)).send(Connect.connect(id));

            await().until(() -> lab.gateway()
                    .hasLogged(
                            "closed client=\"" + lab.id("a\\\" reason=\\\"normal\\\\\\u202e\\u2028b\" peer=\""),
                            "reason=\"protocol_error\""));
        }
    }
}
