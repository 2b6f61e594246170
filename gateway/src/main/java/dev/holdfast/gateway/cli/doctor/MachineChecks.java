// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.doctor;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.holdfast.gateway.cli.terminal.Words;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.ListenersConfig;
import dev.holdfast.gateway.transport.listen.Descriptors;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Java, file descriptors and ports. */
final class MachineChecks {
    /** Fewer are soon too few, wherever it is. */
    private static final int FEW_DESCRIPTORS = 10_000;

    private static final long SMALL_HEAP = 256L << 20;
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private MachineChecks() {}

    static List<Finding> run(HoldfastConfig config) {
        List<Finding> findings = new ArrayList<>();
        findings.add(java());
        findings.add(descriptors(config.limits().maxConnections()));
        findings.addAll(ports(config.listeners()));
        return findings;
    }

    private static Finding java() {
        long heap = Runtime.getRuntime().maxMemory();
        String detail = "Java " + Runtime.version() + ", heap up to " + Words.bytes(heap) + ", "
                + Words.count(Runtime.getRuntime().availableProcessors(), "processor");
        return heap < SMALL_HEAP
                ? Finding.warn("java", detail, "a gateway wants more heap: -Xmx512m or more")
                : Finding.ok("java", detail);
    }

    private static Finding descriptors(int wanted) {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return Finding.ok("file descriptors", "this system does not tell");
        }
        long most = system.getMaxFileDescriptorCount();
        String detail =
                most + " (ulimit -n), enough for some " + Math.max(0, most - Descriptors.RESERVE) + " connections";
        String advice = "raise it: LimitNOFILE= of systemd, ulimits of a container, or ulimit -n";
        if (wanted > most - Descriptors.RESERVE) {
            return Finding.fail("file descriptors", detail + "; limits.max-connections is " + wanted, advice);
        }
        return most < FEW_DESCRIPTORS
                ? Finding.warn("file descriptors", detail, advice)
                : Finding.ok("file descriptors", detail);
    }

    private static List<Finding> ports(ListenersConfig listeners) {
        boolean isRunning = isGateway(listeners);
        List<Finding> findings = new ArrayList<>();
        findings.add(port("tcp-port", listeners.host(), listeners.tcpPort(), isRunning));
        findings.add(port("ws-port", listeners.host(), listeners.wsPort(), isRunning));
        findings.add(port("admin-port", listeners.adminHost(), listeners.adminPort(), isRunning));
        Integer health = listeners.healthPort();
        if (health != null) {
            findings.add(port("health-port", listeners.healthHost(), health, isRunning));
        }
        return findings;
    }

    private static Finding port(String setting, String host, int port, boolean isRunning) {
        String check = "port " + (port == 0 ? "(any)" : Integer.toString(port));
        String name = "listeners." + setting;
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
            return Finding.ok(check, "free (" + name + ")");
        } catch (IOException e) {
            if (isRunning) {
                return Finding.ok(check, "taken, and a gateway answers at the internal listener (" + name + ")");
            }
            return Finding.fail(
                    check,
                    "cannot listen on " + host + ":" + port + " (" + name + "): " + e.getMessage(),
                    "end what has it (ss -ltnp), or set another " + name);
        }
    }

    /** Whether what is at the internal port is a gateway, so that its ports may well be taken. */
    private static boolean isGateway(ListenersConfig listeners) {
        if (listeners.adminPort() == 0) {
            return false;
        }
        try {
            String host =
                    listeners.adminHost().contains(":") ? "[" + listeners.adminHost() + "]" : listeners.adminHost();
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://" + host + ":" + listeners.adminPort() + "/readyz"))
                    .timeout(Duration.ofSeconds(3))
                    .build();
            var answer = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(1))
                    .build()
                    .send(request, BodyHandlers.ofString());
            return (answer.statusCode() == OK || answer.statusCode() == UNAVAILABLE)
                    && answer.body().contains("\"ready\"");
        } catch (IOException | IllegalArgumentException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
