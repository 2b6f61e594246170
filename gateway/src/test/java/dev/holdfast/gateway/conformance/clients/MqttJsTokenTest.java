// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.TokenDesk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MQTT.js over wss with tokens that node makes: every way, renewals over five expiries, a thief. */
final class MqttJsTokenTest {
    @TempDir
    private Path directory;

    @Test
    void mqttJsConnectsWithATokenByEveryWayAndRenewsItOverFiveExpiriesWithoutLosingAMessage() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "no openssl here");
        MqttJsTest.install();
        Path key = directory.resolve("key.pem");
        Path certificate = directory.resolve("certificate.pem");
        MqttJsTest.run(
                20,
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString());
        TokenDesk desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.addAll(List.of(
                "tls.certificate=" + certificate,
                "tls.key=" + key,
                "auth.jwt.cookie=hf",
                "auth.jwt.query-parameter=token",
                "websocket.allowed-origins=https://app.example"));

        String output;
        try (InProcessGateway gateway = InProcessGateway.start(settings)) {
            output = MqttJsTest.run(
                    60,
                    "node",
                    "mqttjs-token.js",
                    "wss://localhost:" + gateway.wsPort() + "/mqtt",
                    "jt",
                    TokenDesk.SECRET,
                    TokenDesk.ISSUER,
                    certificate.toString());
        }

        assertThat(output)
                .contains("ways 8", "version 4 renewed", "version 5 renewed")
                .endsWith("ok\n");
    }
}
