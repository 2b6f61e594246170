// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import static dev.holdfast.gateway.harness.mqtt.PacketType.DISCONNECT;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.Codes;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.RawClient;

/** The refusals for which the specification leaves the gateway a choice. */
public final class Refusals {
    private Refusals() {}

    /** A SUBSCRIBE is not granted: SUBACK with this code (0x80 before MQTT 5.0), or the connection is closed. */
    public static void expectNotGranted(RawClient client, int v5Reason) {
        Packet answer = client.next();
        if (answer == null) {
            return;
        }
        if (answer.type() == SUBACK) {
            assertThat(answer.reasons())
                    .as("the codes of %s", answer)
                    .withRepresentation(Codes.IN_HEX)
                    .allMatch(code -> code == (client.isV5() ? v5Reason : 0x80));
            client.expectAlive();
        } else {
            assertThat(answer.type()).isEqualTo(DISCONNECT);
            assertThat(client.isV5()).isTrue();
            assertThat(answer.reason()).isGreaterThanOrEqualTo(0x80);
            client.expectClosed();
        }
    }
}
