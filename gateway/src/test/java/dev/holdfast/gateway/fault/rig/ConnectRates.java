// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.rig.Haproxy.Server;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How many CONNECTs gateways get, as their metrics say. */
public final class ConnectRates {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final long PERIOD_MILLIS = 1_000;

    private ConnectRates() {}

    /** The most that one of them accepts in a second, looked at each second until something has ended. */
    public static double most(List<Server> gateways, CompletableFuture<?> until) throws Exception {
        Map<Server, Double> before = new HashMap<>();
        long since = System.nanoTime();
        double most = 0;
        while (true) {
            boolean isOver = isOver(until);
            long now = System.nanoTime();
            double seconds = (now - since) / 1e9;
            for (Server each : gateways) {
                double accepted = accepted(each);
                Double last = before.put(each, accepted);
                if (last != null && seconds > 0.5) {
                    most = Math.max(most, (accepted - last) / seconds);
                }
            }
            since = now;
            if (isOver) {
                return most;
            }
        }
    }

    private static boolean isOver(CompletableFuture<?> until) throws Exception {
        try {
            until.get(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
        }
    }

    private static double accepted(Server gateway) throws IOException, InterruptedException {
        return HTTP.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.adminPort() + "/metrics"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith("mqtt_gateway_connects_total{") && line.contains("accepted"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
