// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.harness.HoldfastProcess;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ClosedByInterruptException;
import org.junit.jupiter.api.Test;

/** SIGTERM while a gateway starts. */
final class SignalAtStartTest {
    @Test
    void whatWentWrongInTheMomentOfTheSignalIsNoCleanEnd() {
        assertThat(ServeCommand.isInterruption(
                        new IllegalStateException(CommandFailure.failed("cannot start", new InterruptedException()))))
                .isTrue();
        assertThat(ServeCommand.isInterruption(CommandFailure.failed("cannot start", new ClosedByInterruptException())))
                .isTrue();
        assertThat(ServeCommand.isInterruption(
                        CommandFailure.failed("cannot start", new BindException("Address already in use"))))
                .isFalse();
    }

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
