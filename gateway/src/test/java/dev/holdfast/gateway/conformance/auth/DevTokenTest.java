// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Under {@code --dev} everybody comes in, and a token that is shown counts. */
final class DevTokenTest {
    @Test
    void devPrintsATokenThatWorksAndRefusesOneThatDoesNot() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(List.of(), List.of());
                Lab lab = new Lab(gateway)) {
            String token = Files.readAllLines(gateway.log()).stream()
                    .filter(line -> line.startsWith("ey"))
                    .findFirst()
                    .orElseThrow();

            lab.connect(Version.V5, connect("a").password(token)).subscribed("#", 1);
            lab.open(Version.V5).send(connect("a")).expectRefused(5, 0x87);
            lab.connect(Version.V5, connect("b")).subscribed("#", 1);
            lab.connect(Version.V3_1_1, connect("c").userName("any").password("any"));
            lab.open(Version.V5).send(connect("d").password(token + "x")).expectRefused(4, 0x86);
            assertThat(token.chars().filter(each -> each == '.').count()).isEqualTo(2);
        }
    }
}
