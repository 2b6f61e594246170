// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.auth.AuthConfig;
import dev.holdfast.gateway.config.binding.Binder;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.binding.Node;
import java.util.ArrayList;
import java.util.Map;

/** Everything that can be set. */
public record HoldfastConfig(
        @Doc("For the developer's own machine: anonymous access, listeners on 127.0.0.1, any Origin, no rate limits. "
                + "Everything that is set explicitly still counts. Usually given as --dev.")
        @Default("false")
        boolean dev,

        @Doc("Where the gateway listens.") ListenersConfig listeners,

        @Doc("MQTT over WebSocket.") WebSocketConfig websocket,

        @Doc("TLS, for the MQTT and the WebSocket listener alike. Off unless a certificate or a key store is given.")
        TlsConfig tls,

        @Doc("Who may come in.") AuthConfig auth,

        @Doc("What a session may keep, and for how long.") SessionConfig session,

        @Doc("What one client, or all of them, may ask for.")
        LimitsConfig limits,

        @Doc("Where sessions, queues and retained messages live.")
        StoreConfig store,

        @Doc("Several gateways on one Redis.") ClusterConfig cluster,

        @Doc("How clients leave a gateway that is to end: SIGTERM. Beside it goes the end itself, seconds at the most.")
        DrainConfig drain,

        @Doc("Whether gateways share their clients out by themselves.")
        RebalanceConfig rebalance,

        @Doc("Who may use the REST API of the internal listener.")
        ApiConfig api,

        @Doc("What the gateways publish themselves, below $SYS.")
        SysConfig sys,

        @Doc("Spans of messages, for OpenTelemetry.") OpenTelemetryConfig opentelemetry,

        @Doc("Listeners of lifecycle events.") HooksConfig hooks,

        @Doc("The demo page, for browsers.") DemoConfig demo,

        @Doc("The log, on stderr.") LogConfig log)
        implements Checked {
    @Override
    public void check(Complaints complaints) {
        if (session.maxQueueBytes().compareTo(limits.maxPacketSize()) < 0) {
            complaints.about(
                    "session.max-queue-bytes",
                    "is smaller than limits.max-packet-size (" + limits.maxPacketSize()
                            + "): larger messages would be acknowledged and dropped; expected at least that");
        }
    }

    /** What holds when nobody sets anything. Not enough to serve: nobody is let in. */
    public static HoldfastConfig defaults() {
        return new Binder(HoldfastConfig.class, false, new ArrayList<>())
                .section(HoldfastConfig.class, new Node.Mapping(Map.of(), ""), "");
    }

    /**
     * The defaults and some settings over them, {@code limits.max-inflight=7}; for embedding and for tests.
     *
     * @throws IllegalArgumentException when the settings are wrong, with everything that is wrong
     */
    public static HoldfastConfig of(String... settings) {
        ConfigLoader loader = new ConfigLoader();
        for (String setting : settings) {
            loader.set(setting);
        }
        try {
            return loader.load();
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
