// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.websocket;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Dashboards that offer permessage-deflate, as browsers do. */
final class CompressedDashboardsTest {
    private static final String SAVED = "mqtt_gateway_websocket_saved_bytes_total";

    @Test
    void whatIsPublishedGoesCompressedAndWhatComesBeforeItDoesNot() throws Exception {
        String json = "{\"name\":\"pump\",\"state\":\"on\"},".repeat(100);
        try (InProcessGateway gateway = InProcessGateway.start(List.of("websocket.compression=true"));
                Lab lab = new Lab(gateway);
                RawSocketClient one = dashboard(gateway, "one");
                RawSocketClient other = dashboard(gateway, "other")) {
            lab.connect(Version.V5).send(publish("pumps", json));

            RawSocketClient.Frame frame = one.readFrame();
            assertThat(frame.first()).isEqualTo(0xC2);
            assertThat(frame.payload()).hasSizeLessThan(json.length() / 10);
            assertThat(other.readFrame()).usingRecursiveComparison().isEqualTo(frame);
            assertThat(gateway.metric(SAVED)).isBetween(2.0 * json.length() * 0.9, 2.0 * (json.length() + 20));
        }
    }

    private static RawSocketClient dashboard(InProcessGateway gateway, String clientId) throws IOException {
        RawSocketClient client =
                new RawSocketClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.wsPort()));
        client.send(RawSocketClient.request("/mqtt", "Sec-WebSocket-Extensions: permessage-deflate"));
        assertThat(client.head()).contains("permessage-deflate");
        client.send(RawSocketClient.binary(connect(clientId).encode(Version.V5)));
        assertThat(client.readFrame().first()).isEqualTo(0x82);
        client.send(RawSocketClient.binary(subscribe("pumps", 0).encode(Version.V5)));
        assertThat(client.readFrame().first()).isEqualTo(0x82);
        return client;
    }
}
