// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.ClusterConfig;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.HostAndPort;
import dev.holdfast.gateway.config.Secret;
import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.observe.Metrics;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the listener by which other gateways tell this one things directly, where the configuration wants it. */
final class LinkStart {
    private static final Logger LOG = LoggerFactory.getLogger(LinkStart.class);
    private static final int REDIS_PORT = 6379;

    private LinkStart() {}

    /**
     * Opens it.
     *
     * @return null if gateways are to tell each other everything through Redis
     * @throws CommandFailure when the address that is configured cannot be bound
     */
    static @Nullable Links open(HoldfastConfig config, ClientDoors doors, Metrics metrics) throws CommandFailure {
        ClusterConfig cluster = config.cluster();
        URI redis = redis(config.store().redis().url());
        boolean isEncrypted = "rediss".equals(redis.getScheme());
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

    private static URI redis(@Nullable Secret url) {
        return URI.create(Objects.requireNonNull(url).value());
    }

    /** The address of this machine from which Redis is reached: where Redis is, the other gateways are not far. */
    private static String facing(URI redis) throws IOException {
        int port = redis.getPort() > 0 ? redis.getPort() : REDIS_PORT;
        try (DatagramSocket socket = new DatagramSocket()) {
            // Nothing is sent: the kernel only chooses a route.
            socket.connect(new InetSocketAddress(InetAddress.getByName(redis.getHost()), port));
            return socket.getLocalAddress().getHostAddress().replaceAll("%.*", "");
        }
    }

    private static String reachable(String host, String facing) {
        return "0.0.0.0".equals(host) || "::".equals(host) ? facing : host;
    }
}
