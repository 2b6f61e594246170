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
import java.util.function.Predicate;

/** How many CONNECTs gateways are asked for, as their metrics say. */
public final class ConnectRates {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final long PERIOD_MILLIS = 1_000;

    private ConnectRates() {}

    /** The most that one of them is sent in a second, looked at each second until something has ended. */
    public static double most(List<Server> gateways, CompletableFuture<?> until) throws Exception {
        Map<Server, Look> before = new HashMap<>();
        double most = 0;
        while (true) {
            boolean isOver = isOver(until);
            for (Server each : gateways) {
                // A gateway that has just been started answers late: each look has a time of its own.
                Look now = new Look(asked(each), System.nanoTime());
                Look last = before.put(each, now);
                double seconds = last == null ? 0 : (now.atNanos() - last.atNanos()) / 1e9;
                if (last != null && seconds > 0.5) {
                    most = Math.max(most, (now.connects() - last.connects()) / seconds);
                }
            }
            if (isOver) {
                return most;
            }
        }
    }

    /** How many clients are connected to them. */
    public static double connected(List<Server> gateways) throws IOException, InterruptedException {
        double all = 0;
        for (Server each : gateways) {
            all += sum(each, line -> line.startsWith("mqtt_gateway_sessions{") && line.contains("online"));
        }
        return all;
    }

    private static boolean isOver(CompletableFuture<?> until) throws Exception {
        try {
            until.get(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
        }
    }

    /** How many CONNECTs had come, and when that was. */
    private record Look(double connects, long atNanos) {}

    private static double asked(Server gateway) throws IOException, InterruptedException {
        return sum(
                gateway,
                line -> line.startsWith("mqtt_gateway_packets_received_total{") && line.contains("\"connect\""));
    }

    private static double sum(Server gateway, Predicate<String> wanted) throws IOException, InterruptedException {
        return HTTP.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.adminPort() + "/metrics"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(wanted)
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
