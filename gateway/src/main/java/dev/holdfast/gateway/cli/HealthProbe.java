// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Asks a gateway on this machine whether it is ready: the health check of a container, whose image has no other program that could
 * ask. A program of its own, which loads nothing of the gateway, since it is started every few seconds. One thread.
 */
public final class HealthProbe {
    private static final String PORT = "HOLDFAST_LISTENERS_HEALTH_PORT";
    private static final String USUAL_PORT = "9081";
    private static final int PATIENCE_MILLIS = 2_000;

    private HealthProbe() {}

    /**
     * Prints the first line of the answer to {@code GET /readyz}, and ends with exit code 0 if it is 200, else 1.
     *
     * @param args the port; without it that of {@code HOLDFAST_LISTENERS_HEALTH_PORT}, or else 9081
     */
    public static void main(String[] args) {
        String port = args.length > 0 ? args[0] : System.getenv().getOrDefault(PORT, USUAL_PORT);
        String answer;
        try {
            answer = ask(Integer.parseInt(port));
        } catch (IOException | IllegalArgumentException e) {
            answer = "port " + port + ": " + e.getMessage();
        }
        System.out.println(answer);
        System.exit(answer.startsWith("HTTP/1.1 200 ") ? 0 : 1);
    }

    private static String ask(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("localhost", port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream()
                    .write("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String status = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII), 64)
                    .readLine();
            return status == null ? "no answer" : status;
        }
    }
}
