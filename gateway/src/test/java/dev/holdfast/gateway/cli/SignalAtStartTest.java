// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.HoldfastProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** SIGTERM while a gateway starts. */
final class SignalAtStartTest {
    /** A Redis that takes the connection and says nothing. A start that gives it up by itself fails. */
    @Test
    void aStartThatWaitsForRedisEndsCleanlyAndSaysSo() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
                HoldfastProcess gateway = HoldfastProcess.start(
                        "serve", "--dev", "--redis", "redis://127.0.0.1:" + silent.getLocalPort());
                Socket asked = silent.accept()) {
            assertThat(asked.getInputStream().read())
                    .as("it waits for an answer")
                    .isPositive();

            gateway.terminate();

            assertThat(gateway.exitCode()).isZero();
            assertThat(gateway.err())
                    .contains("Ending before the start is over")
                    .doesNotContain("Exception");
        }
    }
}
