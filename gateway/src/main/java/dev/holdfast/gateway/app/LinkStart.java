// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.ClusterConfig;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.value.HostAndPort;
import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.store.redis.RedisUrl;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the listener by which other gateways tell this one things directly, where the configuration wants it. */
final class LinkStart {
    private static final Logger LOG = LoggerFactory.getLogger(LinkStart.class);

    private LinkStart() {}

    /**
     * Opens it.
     *
     * @return null if gateways are to tell each other everything through Redis
     * @throws CommandFailure when the address that is configured cannot be bound
     */
    static @Nullable Links open(HoldfastConfig config, ClientDoors doors, Metrics metrics) throws CommandFailure {
        ClusterConfig cluster = config.cluster();
        RedisUrl redis = redis(config.store().redis().url());
        boolean isEncrypted = redis.tls();
        if (cluster.links() == ClusterConfig.Links.OFF
                || (cluster.links() == ClusterConfig.Links.AUTO && isEncrypted)) {
            return null;
        }
        String facing;
        try {
            facing = facing(redis);
        } catch (IOException e) {
            LOG.warn(
                    "no address is known at which other gateways could find this one (cluster.host): "
                            + "they tell it everything through Redis",
                    e);
            return null;
        }
        String host = cluster.host().isEmpty() ? facing : cluster.host();
        HostAndPort advertised = cluster.advertise() == null ? null : HostAndPort.of(cluster.advertise());
        if (advertised == null) {
            advertised = new HostAndPort(reachable(host, facing), 0);
        }
        Links links = new Links(doors::connect, advertised.host(), metrics);
        int port = doors.peers(host, cluster.port(), links).getPort();
        links.listening(advertised.port() == 0 ? port : advertised.port());
        return links;
    }

    private static RedisUrl redis(@Nullable Secret url) {
        return Objects.requireNonNull(RedisServers.address(Objects.requireNonNull(url)));
    }

    /** The address of this machine from which Redis is reached: where Redis is, the other gateways are not far. */
    private static String facing(RedisUrl redis) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            // Nothing is sent: the kernel only chooses a route.
            socket.connect(new InetSocketAddress(InetAddress.getByName(redis.host()), redis.port()));
            return socket.getLocalAddress().getHostAddress().replaceAll("%.*", "");
        }
    }

    private static String reachable(String host, String facing) {
        return "0.0.0.0".equals(host) || "::".equals(host) ? facing : host;
    }
}
