// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Where Redis is and how it is used.
 *
 * @param server which servers, and how to get in
 * @param keyPrefix what every key begins with; gateways that share sessions share it
 * @param durability when a write counts as stored
 * @param lanes the number of ordered writers, 1 to 64
 * @param responseTimeout after which the outcome of a batch is unknown and it is sent again
 * @param retryFor how long an operation is retried before it fails with StoreUnavailableException
 * @param maxWaitingOperations per lane; beyond it operations fail at once with StoreBusyException
 * @param maxWaitingBytes per lane, likewise
 * @param dedupeWindow how long the id of an acknowledged QoS 2 message is remembered
 * @param visitInterval how often at the most the sweep renews the TTLs of a connected session
 * @param wills how long a will waits for a gateway
 */
public record RedisSettings(
        Server server,
        String keyPrefix,
        Durability durability,
        int lanes,
        Duration responseTimeout,
        Duration retryFor,
        int maxWaitingOperations,
        long maxWaitingBytes,
        Duration dedupeWindow,
        Duration visitInterval,
        WillTimes wills) {

    /**
     * How long a will waits for a gateway before a sweep takes it.
     *
     * @param word how long the gateway of a displaced connection may take to say what becomes of the will
     * @param lease how long a will that one gateway has been handed is not handed to others; longer than a publication takes
     */
    public record WillTimes(Duration word, Duration lease) {
        /** 3 s and 7 s: what a dead gateway leaves is published within 10 s of its death. */
        public static final WillTimes DEFAULT = new WillTimes(Duration.ofSeconds(3), Duration.ofSeconds(7));
    }

    /** How Redis is run. */
    public enum Mode {
        /** One server. */
        SINGLE,
        /** A master and its replicas, watched by Sentinels. */
        SENTINEL,
        /** Redis Cluster. */
        CLUSTER
    }

    /**
     * The servers, and how a gateway logs in.
     *
     * @param mode how Redis is run
     * @param addresses {@code redis://host:port} or {@code rediss://host:port}: the server, the Sentinels, or some
     *     nodes of the cluster
     * @param masterName what the Sentinels call the master; ignored elsewhere
     * @param database the number of the database; 0 on a cluster
     * @param access the logins
     */
    public record Server(Mode mode, List<String> addresses, String masterName, int database, RedisAccess access) {

        /** One server, several Sentinels, or some nodes of a cluster, without a password. */
        public static Server of(Mode mode, List<String> addresses) {
            return new Server(mode, List.copyOf(addresses), "mymaster", 0, RedisAccess.ANONYMOUS);
        }

        /** The same servers with other logins. */
        public Server with(RedisAccess other) {
            return new Server(mode, addresses, masterName, database, other);
        }

        /** Names the servers and never a password. */
        @Override
        public String toString() {
            return mode.name().toLowerCase(Locale.ROOT) + " " + String.join(", ", addresses);
        }
    }

    /**
     * When a write counts as stored.
     *
     * @param replicas how many replicas must have received it; 0 asks the master only
     * @param timeout how long to wait for them
     */
    public record Durability(int replicas, Duration timeout) {
        /** The master has it; its append-only file decides what survives a power failure. */
        public static final Durability REDIS = new Durability(0, Duration.ZERO);

        /** The master and n replicas have received it (WAIT); fewer, and the write fails. */
        public static Durability replicated(int replicas) {
            return new Durability(replicas, Duration.ofMillis(500));
        }
    }

    /** The defaults, for these servers. */
    public static RedisSettings of(Server server) {
        return new RedisSettings(
                server,
                "hf",
                Durability.REDIS,
                4,
                Duration.ofMillis(1500),
                Duration.ofSeconds(15),
                20_000,
                32L * 1024 * 1024,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10),
                WillTimes.DEFAULT);
    }

    /**
     * The defaults for one server, see {@link RedisUrl}.
     *
     * @throws IllegalArgumentException if it is no such address; the message holds no password
     */
    public static RedisSettings of(String url) {
        RedisUrl given = RedisUrl.of(url);
        return of(new Server(
                Mode.SINGLE,
                List.of(given.address()),
                "mymaster",
                given.database(),
                RedisAccess.of(new RedisAccess.Login(given.username(), given.password()))));
    }

    /** The same with another key prefix. */
    public RedisSettings withKeyPrefix(String other) {
        return new RedisSettings(
                server,
                other,
                durability,
                lanes,
                responseTimeout,
                retryFor,
                maxWaitingOperations,
                maxWaitingBytes,
                dedupeWindow,
                visitInterval,
                wills);
    }

    /** The same with another durability. */
    public RedisSettings withDurability(Durability other) {
        return new RedisSettings(
                server,
                keyPrefix,
                other,
                lanes,
                responseTimeout,
                retryFor,
                maxWaitingOperations,
                maxWaitingBytes,
                dedupeWindow,
                visitInterval,
                wills);
    }

    /** The same with other times to wait. */
    public RedisSettings withPatience(Duration response, Duration retry) {
        return new RedisSettings(
                server,
                keyPrefix,
                durability,
                lanes,
                response,
                retry,
                maxWaitingOperations,
                maxWaitingBytes,
                dedupeWindow,
                visitInterval,
                wills);
    }

    /** The same with other bounds of what may wait in one lane. */
    public RedisSettings withWaiting(int operations, long bytes) {
        return new RedisSettings(
                server,
                keyPrefix,
                durability,
                lanes,
                responseTimeout,
                retryFor,
                operations,
                bytes,
                dedupeWindow,
                visitInterval,
                wills);
    }

    /** The same with another dedupe window and visit interval. */
    public RedisSettings withWindows(Duration dedupe, Duration visit) {
        return new RedisSettings(
                server,
                keyPrefix,
                durability,
                lanes,
                responseTimeout,
                retryFor,
                maxWaitingOperations,
                maxWaitingBytes,
                dedupe,
                visit,
                wills);
    }

    /** The same with other times for wills. */
    public RedisSettings withWillTimes(WillTimes other) {
        return new RedisSettings(
                server,
                keyPrefix,
                durability,
                lanes,
                responseTimeout,
                retryFor,
                maxWaitingOperations,
                maxWaitingBytes,
                dedupeWindow,
                visitInterval,
                other);
    }
}
