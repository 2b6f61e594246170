// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.RedisAccess;
import dev.holdfast.store.redis.RedisSettings;
import java.time.Duration;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.config.BaseMasterSlaveServersConfig;
import org.redisson.config.ClusterServersConfig;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.DelayStrategy;
import org.redisson.config.ReadMode;
import org.redisson.config.SentinelServersConfig;
import org.redisson.config.SingleServerConfig;
import org.redisson.config.SubscriptionMode;

/** Makes the configuration of Redisson from the settings. */
final class RedissonConfig {
    /** At least 10: with fewer, Redisson sends on a connection that still waits for answers. */
    private static final int CONNECTIONS = 16;

    private static final int IDLE_CONNECTIONS = 4;
    /** With one thread a lane sends on the thread on which it runs; with many cores two threads feed Redis faster. */
    private static final int NETTY_THREADS = Runtime.getRuntime().availableProcessors() < 8 ? 1 : 2;

    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    /**
     * How much longer the period of pings is than the time that a ping may take. Redisson looks at a ping when the next one is
     * due, and closes the connection if the ping took too long, even if Redis has answered meanwhile. Then the batch under way
     * fails too, one that Redisson sends only at its own timeout.
     */
    private static final int PING_SLACK_MILLIS = 200;

    private static final int SCAN_MILLIS = 1_000;
    /** Redisson retries nothing here. But it takes the tick of its timer from this delay: 100 ms for 1 s, else 10 to 50 ms. */
    private static final DelayStrategy RETRY_DELAY = new ConstantDelay(Duration.ofSeconds(1));

    private RedissonConfig() {}

    static Config of(RedisSettings settings) {
        RedisSettings.Server server = settings.server();
        Config config = new Config();
        // The default codec would deserialise objects.
        config.setCodec(ByteArrayCodec.INSTANCE);
        config.setLazyInitialization(true);
        // Scripts are called by SHA, and Servers loads them: Redisson does not load them within a batch.
        config.setUseScriptCache(true);
        config.setThreads(2);
        config.setNettyThreads(NETTY_THREADS);
        config.setPassword(LoginHook.SERVER);
        config.setNettyHook(new LoginHook(server.access()));
        config.setTcpKeepAlive(true);
        config.setTcpNoDelay(true);
        RedisAccess.Tls tls = server.access().tls();
        if (tls != null) {
            config.setSslKeyManagerFactory(tls.keys());
            config.setSslTrustManagerFactory(tls.authorities());
        }
        int timeout = Math.toIntExact(settings.responseTimeout().toMillis());
        switch (server.mode()) {
            case SINGLE -> {
                SingleServerConfig single = config.useSingleServer();
                single.setAddress(server.addresses().get(0));
                single.setDatabase(server.database());
                single.setConnectionPoolSize(CONNECTIONS);
                single.setConnectionMinimumIdleSize(IDLE_CONNECTIONS);
                single.setSubscriptionConnectionPoolSize(2);
                single.setSubscriptionConnectionMinimumIdleSize(1);
                single.setRetryAttempts(0);
                single.setRetryDelay(RETRY_DELAY);
                single.setTimeout(timeout);
                single.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
                single.setPingConnectionInterval(timeout + PING_SLACK_MILLIS);
            }
            case SENTINEL -> {
                SentinelServersConfig sentinel = config.useSentinelServers();
                sentinel.addSentinelAddress(server.addresses().toArray(new String[0]));
                sentinel.setMasterName(server.masterName());
                sentinel.setSentinelPassword(LoginHook.SENTINEL);
                sentinel.setDatabase(server.database());
                sentinel.setScanInterval(SCAN_MILLIS);
                // One Sentinel that answers is enough at the start.
                sentinel.setCheckSentinelsList(false);
                shared(sentinel, timeout);
            }
            case CLUSTER -> {
                ClusterServersConfig cluster = config.useClusterServers();
                cluster.addNodeAddress(server.addresses().toArray(new String[0]));
                cluster.setScanInterval(SCAN_MILLIS);
                // The parts of a cluster that are served are used, also at the start.
                cluster.setCheckSlotsCoverage(false);
                shared(cluster, timeout);
            }
        }
        return config;
    }

    private static void shared(BaseMasterSlaveServersConfig<?> servers, int timeout) {
        // A replica may be behind, so all reads go to the master.
        servers.setReadMode(ReadMode.MASTER);
        servers.setSubscriptionMode(SubscriptionMode.MASTER);
        servers.setMasterConnectionPoolSize(CONNECTIONS);
        servers.setMasterConnectionMinimumIdleSize(IDLE_CONNECTIONS);
        servers.setSlaveConnectionMinimumIdleSize(0);
        servers.setSubscriptionConnectionPoolSize(2);
        servers.setSubscriptionConnectionMinimumIdleSize(1);
        servers.setRetryAttempts(0);
        servers.setRetryDelay(RETRY_DELAY);
        servers.setTimeout(timeout);
        servers.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
        servers.setPingConnectionInterval(timeout + PING_SLACK_MILLIS);
    }
}
