// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.FaultProxy.Direction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each trouble does what its name says, and ends with heal. */
final class FaultProxyTest {
    private ServerSocket door;
    private FaultProxy proxy;
    private Socket client;
    private Socket server;

    @BeforeEach
    void connect() throws IOException {
        door = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        proxy = FaultProxy.to(door::getLocalPort);
        client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        client.setSoTimeout(5_000);
        server = door.accept();
        server.setSoTimeout(5_000);
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        server.close();
        proxy.close();
        door.close();
    }

    @Test
    void bytesPassBothWaysUntouched() throws IOException {
        send(client, "there");
        send(server, "back");

        assertThat(read(server, 5)).isEqualTo("there");
        assertThat(read(client, 4)).isEqualTo("back");
    }

    @Test
    void theEndOfOneSideIsSeenByTheOther() throws IOException {
        client.close();

        assertThat(server.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void slicedBytesArriveAll() throws IOException {
        proxy.slice(Direction.TO_SERVER);

        send(client, "x".repeat(2_000) + "end");

        assertThat(read(server, 2_003)).endsWith("end");
    }

    @Test
    void whatIsHeldOneWayPassesTheOtherWayAndArrivesAfterHealing() throws IOException {
        proxy.hold(Direction.TO_SERVER);

        send(client, "there");
        send(server, "back");

        assertThat(read(client, 4)).isEqualTo("back");
        server.setSoTimeout(200);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        proxy.heal();
        server.setSoTimeout(5_000);
        assertThat(read(server, 5)).isEqualTo("there");
    }

    @Test
    void delayedBytesAreLateAndComplete() throws IOException {
        proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(300));
        long began = System.nanoTime();

        send(server, "late");

        assertThat(read(client, 4)).isEqualTo("late");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }

    @Test
    void aCutEndsWhatThereIsAndRefusesUntilHealed() throws IOException {
        proxy.cut();

        assertThat(endOf(server)).isEqualTo(-1);
        assertThat(endOf(client)).isEqualTo(-1);
        try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            assertThat(endOf(refused)).isEqualTo(-1);
        }
        proxy.heal();
        try (Socket again = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
                Socket accepted = door.accept()) {
            send(again, "again");
            assertThat(read(accepted, 5)).isEqualTo("again");
        }
    }

    @Test
    void aResetIsSeenAsOne() {
        proxy.reset();

        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketException.class);
    }

    @Test
    void aHalfOpenConnectionIsGoneForTheServerAndSilentForTheClient() throws IOException {
        proxy.halfOpen();

        assertThat(server.getInputStream().read()).isEqualTo(-1);
        send(client, "is anybody there?");
        client.setSoTimeout(200);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void endedConnectionsAreForgotten() throws IOException {
        client.close();

        await().atMost(Duration.ofSeconds(5)).until(() -> proxy.connections() == 0);
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(Socket socket, int count) throws IOException {
        return new String(socket.getInputStream().readNBytes(count), StandardCharsets.UTF_8);
    }

    /** -1 at the end of the stream, however it ends. */
    private static int endOf(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException reset) {
            return -1;
        }
    }
}
