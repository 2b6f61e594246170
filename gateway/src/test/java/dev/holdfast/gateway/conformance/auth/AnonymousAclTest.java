// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients without a token may touch when the configuration says so. */
final class AnonymousAclTest {
    private static final int NOT_AUTHORIZED = 0x87;

    private static InProcessGateway gateway;

    @BeforeAll
    static void start() {
        gateway = InProcessGateway.start(List.of("auth.anonymous-acl=["
                + "{permission: deny, action: subscribe, topics: [\"news/secret\"]},"
                + "{permission: allow, action: subscribe, topics: [\"news/#\"]},"
                + "{permission: allow, action: all, topics: [\"own/${clientid}/#\"]}]"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void aFilterThatNoRuleAllowsIsRefusedWithTheCodeOfItsVersion(Version version) {
        int no = version.isV5() ? NOT_AUTHORIZED : 0x80;
        try (Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(version, connect("anon-" + version));

            client.send(subscribe(1)
                    .to("news/today", 0)
                    .to("news/secret", 0)
                    .to("own/anon-" + version + "/t", 0)
                    .to("own/another/t", 0));

            assertThat(client.expect(PacketType.SUBACK).reasons()).containsExactly(0, no, 0, no);
        }
    }

    @Test
    void whatNoRuleAllowsIsNotPublished() {
        try (Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(Version.V5, connect("writer")).subscribed("own/writer/#", 0);

            client.send(publish("news/today", "forged").qos(1).packetId(1));
            assertThat(client.expect(PacketType.PUBACK).reason()).isEqualTo(NOT_AUTHORIZED);

            client.send(publish("own/writer/t", "mine")).expectPublish("mine");
        }
    }

    @Test
    void aGarbledRuleRefusesToStart() {
        assertThatThrownBy(() -> InProcessGateway.start(
                        List.of("auth.anonymous-acl=[{permission: permit, action: all, topics: [a]}]")))
                .hasMessageStartingWith("auth.anonymous-acl[0]: ");
    }
}
