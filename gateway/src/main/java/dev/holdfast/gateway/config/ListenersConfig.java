// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import org.jspecify.annotations.Nullable;

/** Where the gateway listens. */
public record ListenersConfig(
        @Doc("Address of the MQTT and the WebSocket listener.") @Default(value = "0.0.0.0", dev = "127.0.0.1")
        String host,

        @Doc("MQTT over TCP. 0 picks a free port.") @Default("1883") @Between(min = "0", max = "65535")
        int tcpPort,

        @Doc("MQTT over WebSocket. 0 picks a free port.") @Default("8080") @Between(min = "0", max = "65535")
        int wsPort,

        @Doc("Address of the internal listener with /healthz, /readyz and /metrics. It asks nobody who they are: "
                + "never expose it.")
        @Default("127.0.0.1")
        String adminHost,

        @Doc("The internal listener. 0 picks a free port.") @Default("9080") @Between(min = "0", max = "65535")
        int adminPort,

        @Doc("Whether every TCP connection begins with a PROXY protocol header, version 1 or 2. Only behind a "
                + "balancer that sends it: whoever can connect can claim any address.")
        @Default("false")
        boolean proxyProtocol,

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
    @Override
    public void check(Complaints complaints) {
        if (wsPort == tcpPort && wsPort != 0) {
            complaints.about("ws-port", "is the port of listeners.tcp-port too; expected another one");
        }
        if ((adminPort == tcpPort || adminPort == wsPort) && adminPort != 0 && overlap(host, adminHost)) {
            complaints.about("admin-port", "is the port of another listener on the same address; expected another one");
        }
    }

    private static boolean overlap(String one, String other) {
        return one.equals(other) || isAny(one) || isAny(other);
    }

    private static boolean isAny(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }
}
