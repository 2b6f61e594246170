// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the gateway listens. */
public record ListenersConfig(
        @Doc("Address of the MQTT and the WebSocket listener.") @Default(value = "0.0.0.0", dev = "127.0.0.1")
        String host,

        @Doc("MQTT over TCP. 0 picks a free port.") @Default("1883") @Between(min = "0", max = "65535")
        int tcpPort,

        @Doc("MQTT over WebSocket. 0 picks a free port.") @Default("8080") @Between(min = "0", max = "65535")
        int wsPort,

        @Doc(
                "Address of the internal listener with /healthz, /readyz, /metrics, /revocations and the REST API (/api/v1). Health "
                        + "and metrics ask nobody who they are, and without tokens whoever is on this machine may revoke and look: "
                        + "never expose it. For others there is health-port.")
        @Default("127.0.0.1")
        String adminHost,

        @Doc("The internal listener. 0 picks a free port.") @Default("9080") @Between(min = "0", max = "65535")
        int adminPort,

        @Doc("Names by which the internal listener may be asked, besides addresses and localhost, for example "
                + "holdfast.internal: the Host of a request, without its port. Others get 403, since a web page can have a "
                + "name that points at this machine. The API with a token, and health-port, answer to any.")
        @Default("")
        List<String> adminNames,

        @Doc("Address of the listener for health checks and metrics.") @Default(value = "0.0.0.0", dev = "127.0.0.1")
        String healthHost,

        @Doc(
                "A listener with /healthz, /readyz and /metrics alone, which changes nothing, for balancers and Prometheus on "
                        + "other hosts. 0 picks a free port. Not set: there is none.")
        @Nullable
        @Between(min = "0", max = "65535")
        Integer healthPort,

        @Doc(
                "Whether every connection to either port begins with a PROXY protocol header, version 1 or 2. Only behind a "
                        + "balancer that sends it: whoever can connect can claim any address. The two settings below say it for "
                        + "each port.")
        @Default("false")
        boolean proxyProtocol,

        @Doc("The same for the MQTT over TCP port alone. Not set: as proxy-protocol says.") @Nullable
        Boolean tcpProxyProtocol,

        @Doc(
                "The same for the WebSocket port alone, for example false behind an HTTP proxy, which sends X-Forwarded-For "
                        + "instead (websocket.trusted-proxies). Not set: as proxy-protocol says.")
        @Nullable
        Boolean wsProxyProtocol,

        @Doc(
                "I/O threads. 0 = half of the cores, at least one: the other half is for the kernel, the collector and Redis.")
        @Default("0")
        @Between(min = "0", max = "1024")
        int ioThreads,

        @Doc("How many connections may wait to be accepted; the kernel's somaxconn bounds it too.")
        @Default("4096")
        @Between(min = "1", max = "65535")
        int backlog,

        @Doc(
                "Where MQTT 5 clients are sent when this gateway shuts down: they get DISCONNECT 0x9C (Use another server) "
                        + "with this Server Reference, for example \"b.example.com:1883\". Unset: 0x8B (Server shutting down).")
        @Nullable
        String serverReference)
        implements Checked {
    /** Whether a connection to the TCP port begins with a PROXY header. */
    public boolean isProxyBeforeTcp() {
        return tcpProxyProtocol == null ? proxyProtocol : tcpProxyProtocol;
    }

    /** Whether a connection to the WebSocket port begins with a PROXY header. */
    public boolean isProxyBeforeWs() {
        return wsProxyProtocol == null ? proxyProtocol : wsProxyProtocol;
    }

    @Override
    public void check(Complaints complaints) {
        if (wsPort == tcpPort && wsPort != 0) {
            complaints.about("ws-port", "is the port of listeners.tcp-port too; expected another one");
        }
        if ((adminPort == tcpPort || adminPort == wsPort) && adminPort != 0 && overlap(host, adminHost)) {
            complaints.about("admin-port", "is the port of another listener on the same address; expected another one");
        }
        if (healthPort != null && healthPort != 0 && isTaken(healthPort)) {
            complaints.about(
                    "health-port", "is the port of another listener on the same address; expected another one");
        }
    }

    private boolean isTaken(int port) {
        return (port == tcpPort && overlap(host, healthHost))
                || (port == wsPort && overlap(host, healthHost))
                || (port == adminPort && overlap(adminHost, healthHost));
    }

    private static boolean overlap(String one, String other) {
        return one.equals(other) || isAny(one) || isAny(other);
    }

    private static boolean isAny(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }
}
