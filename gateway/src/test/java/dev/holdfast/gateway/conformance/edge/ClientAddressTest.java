// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.edge;

import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Hex;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whose address the log shows behind a balancer: PROXY protocol and X-Forwarded-For. */
final class ClientAddressTest {
    private static final String V2_OVER_TCP4_FROM_192_0_2_8 =
            "0d0a0d0a000d0a515549540a 21 11 000c c0000208 c6336401 dc04 075b";

    private static void expectLogged(Lab lab, String clientId, String address) {
        await().until(() -> lab.gateway().hasLogged("closed", clientId, "peer=\"" + address));
    }

    private static RawClient connectedAfter(byte[] header, Lab lab, Version version, ClientTransport transport) {
        if (transport == ClientTransport.TCP) {
            TcpChannel channel = TcpChannel.open(lab.gateway().tcpPort());
            return lab.over(channel, version).sendBytes(header);
        }
        TcpChannel channel = TcpChannel.open(lab.gateway().wsPort());
        new RawClient(channel, version).sendBytes(header);
        OpeningHandshake handshake = OpeningHandshake.handshake().subprotocol(version.subprotocol);
        handshake.send(channel, lab.gateway().wsPort());
        return lab.over(new WebSocketChannel(channel), version);
    }

    @Nested
    @OnGateway(
            value = {"listeners.proxy-protocol=true", "log.level=debug"},
            alone = true)
    final class BehindABalancer {
        @ParameterizedTest
        @EnumSource
        void versionOneNamesTheClient(ClientTransport transport, Lab lab) {
            byte[] header = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n".getBytes(StandardCharsets.US_ASCII);
            RawClient client = connectedAfter(header, lab, Version.V5, transport);

            client.connected(Connect.connect(lab.id("one"))).expectAlive().disconnect();

            expectLogged(lab, lab.id("one"), "192.0.2.7:56324\"");
        }

        @ParameterizedTest
        @EnumSource
        void versionTwoNamesTheClient(ClientTransport transport, Lab lab) {
            byte[] header = Hex.parse(V2_OVER_TCP4_FROM_192_0_2_8);
            RawClient client = connectedAfter(header, lab, Version.V3_1_1, transport);

            client.connected(Connect.connect(lab.id("two"))).expectAlive().disconnect();

            expectLogged(lab, lab.id("two"), "192.0.2.8:56324\"");
        }

        @Test
        void connectionWithoutTheHeaderIsClosed(Lab lab) {
            RawClient client = lab.over(TcpChannel.open(lab.gateway().tcpPort()), Version.V5);

            client.trySend(Connect.connect(lab.id("none")));

            client.expectClosed();
        }
    }

    @Nested
    @OnGateway("log.level=debug")
    final class WithoutABalancer {
        @Test
        void headerOfTheProxyProtocolIsNotBelieved(Lab lab) {
            RawClient client = lab.over(TcpChannel.open(lab.gateway().tcpPort()), Version.V5);

            client.trySendBytes(Hex.parse(V2_OVER_TCP4_FROM_192_0_2_8));
            client.trySend(Connect.connect(lab.id("a")));

            client.expectClosed();
        }

        @Test
        void forwardedAddressIsNotBelieved(Lab lab) {
            forwardedFrom("192.0.2.9", lab).disconnect();

            expectLogged(lab, lab.id("web"), "127.0.0.1:");
        }
    }

    @Nested
    @OnGateway(
            value = {"websocket.trusted-proxies=127.0.0.1", "log.level=debug"},
            alone = true)
    final class BehindATrustedProxy {
        @Test
        void forwardedAddressIsTheClients(Lab lab) {
            forwardedFrom("10.9.9.9, 192.0.2.9", lab).disconnect();

            expectLogged(lab, lab.id("web"), "192.0.2.9");
        }
    }

    @Nested
    @OnGateway(
            value = {"websocket.trusted-proxies=10.0.0.0/8", "log.level=debug"},
            alone = true)
    final class BehindAnotherProxyThanTheTrustedOne {
        @Test
        void forwardedAddressIsNotBelieved(Lab lab) {
            forwardedFrom("192.0.2.9", lab).disconnect();

            expectLogged(lab, lab.id("web"), "127.0.0.1:");
        }
    }

    private static RawClient forwardedFrom(String addresses, Lab lab) {
        OpeningHandshake handshake = OpeningHandshake.handshake().header("X-Forwarded-For", addresses);
        return lab.over(WebSocketChannel.open(lab.gateway().wsPort(), handshake), Version.V5)
                .connected(Connect.connect(lab.id("web")));
    }
}
