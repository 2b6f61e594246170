// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
}
