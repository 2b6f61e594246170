// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.redisson.connection.CRC16;

/**
 * The name of every key. Names are short, since Redis keeps them once per session. Any thread.
 *
 * <pre>
 *   hf:{client}    hash    the session: epoch, owner, principal, subscriptions ... (session.lua lists the fields)
 *   hf:{client}q   list    outbound queue
 *   hf:{client}i   hash    inbound QoS 2 messages by packet identifier
 *   hf:{client}d   zset    message ids of acknowledged QoS 2 messages, by time: the dedupe window
 *   hf:{client}w   string  the will
 *   hf:{client}v   hash    wills that are due and not published yet, by the epoch of their connection; under *:
 *                  until when one gateway alone gives away what is left
 *   hf:{client}r   string  the answer of the last erasing call, for its repetition, two minutes
 *   hf:{client}e   string  the last epoch of a persistent session that has ended, one minute
 *   hf:{client}s   list    what ended sessions have left to other members of shared subscriptions, one day
 *   hf:x{shard}    zset    every session, by the time at which the sweep has to look at it
 *   hf:o{gateway}  set     the attaches that a gateway holds: nonce and client identifier
 *   hf:o{shard}gateway     the same on a cluster, with the shard of the index that the session stands in
 *   hf:k{principal} zset   persistent sessions of a principal (its hash) whose number is bounded, by their epoch
 *   hf:m{shard}    hash    retained messages by topic
 *   hf:n{shard}    stream  topics that gained or lost their retained message
 *   hf:z{shard}    zset    topics by the time their retained message expires
 *   hf:l{filter}   hash    the log of a wide filter: a first index, n last index, t its term, c messages, b bytes, u kept until
 *   hf:a{filter}   stream  the messages of the log, by index
 *   hf:u{filter}   zset    ids of its QoS 2 messages, by time: the dedupe window
 *   hf:y{g}        zset    all logs, by the time at which the sweep has to look at them
 *   hf:i{gateway}  stream  a gateway's inbox
 *   hf:v{v}        hash    revocations
 *   hf:c{v}        zset    revocations by the version of their last change
 *   hf:e{v}        zset    revocations by their end
 *   hf:f{g}        string  the format of all these keys
 *   hf:g{g}        zset    leases of the gateways, by their end
 *   hf:h{g}        zset    dead gateways, by the time at which they were found dead
 *   hf:t{g}        string  the highest term that a gateway has begun
 *   hf:p{g}        zset    Redis processes that a gateway has met, by time
 *   hf:s{g}        hash    by how much the clock of a Redis process has jumped, by its run id
 *   hf:b{g}        zset    keys of TLS tickets, by the time at which they were made
 * </pre>
 */
public final class RedisKeys {
    /** How many slots Redis Cluster has. */
    public static final int SLOTS = 16_384;
    /** The hash tag of what gateways know of each other. */
    public static final String MEMBERS_TAG = "g";
    /** The hash tag of the revocations. */
    public static final String REVOCATIONS_TAG = "v";

    private final String prefix;

    /** Names keys that begin with a prefix, which has no braces since a hash tag follows. */
    public RedisKeys(String prefix) {
        if (prefix.isEmpty() || prefix.indexOf('{') >= 0 || prefix.indexOf('}') >= 0) {
            throw new IllegalArgumentException("a key prefix is not empty and has no braces: " + prefix);
        }
        this.prefix = prefix;
    }

    /**
     * A client identifier as a hash tag. Braces would end the tag early, and two client identifiers might then share
     * keys; {@code %} is escaped so that the way back is unique.
     */
    public static String tag(String name) {
        if (name.indexOf('{') < 0 && name.indexOf('}') < 0 && name.indexOf('%') < 0) {
            return name;
        }
        return name.replace("%", "%25").replace("{", "%7B").replace("}", "%7D");
    }

    /** The cluster slot of everything under a tag. */
    public static int slot(String tag) {
        return CRC16.crc16(tag.getBytes(StandardCharsets.UTF_8)) % SLOTS;
    }

    /** The hash of a session, by the tag of its client identifier. */
    public String session(String tag) {
        return prefix + ":{" + tag + "}";
    }

    /** The outbound queue of a session. */
    public String queue(String tag) {
        return prefix + ":{" + tag + "}q";
    }

    /** The inbound QoS 2 messages of a session. */
    public String inbound(String tag) {
        return prefix + ":{" + tag + "}i";
    }

    /** The ids of acknowledged QoS 2 messages of a session. */
    public String seen(String tag) {
        return prefix + ":{" + tag + "}d";
    }

    /** The will of a session. */
    public String will(String tag) {
        return prefix + ":{" + tag + "}w";
    }

    /** The due wills of a client identifier. */
    public String due(String tag) {
        return prefix + ":{" + tag + "}v";
    }

    /** The stored answer of the last erasing call. */
    public String replay(String tag) {
        return prefix + ":{" + tag + "}r";
    }

    /** The last epoch of a persistent session that has ended. */
    public String ended(String tag) {
        return prefix + ":{" + tag + "}e";
    }

    /** The messages that ended sessions have left to other members. */
    public String left(String tag) {
        return prefix + ":{" + tag + "}s";
    }

    /** A shard of the index of sessions. */
    public String index(int shard) {
        return prefix + ":x{" + shard + "}";
    }

    /** The attaches of a gateway. */
    public String owned(String gatewayTag) {
        return prefix + ":o{" + gatewayTag + "}";
    }

    /** On a cluster: the attaches of a gateway whose sessions stand in one shard of the index. */
    public String owned(int shard, String gatewayTag) {
        return prefix + ":o{" + shard + "}" + gatewayTag;
    }

    /** The persistent sessions of a principal. */
    public String kept(String principalTag) {
        return prefix + ":k{" + principalTag + "}";
    }

    /** The three keys of a log, by the tag of its filter: what is known of it, its messages, the ids of its QoS 2 messages. */
    public List<Object> log(String filterTag) {
        String tag = "{" + filterTag + "}";
        return List.of(prefix + ":l" + tag, prefix + ":a" + tag, prefix + ":u" + tag);
    }

    /** The list of all logs. */
    public String logs() {
        return prefix + ":y{" + MEMBERS_TAG + "}";
    }

    /** The inbox of a gateway. */
    public String inbox(String gatewayTag) {
        return prefix + ":i{" + gatewayTag + "}";
    }

    /** The format of what is kept. */
    public String format() {
        return prefix + ":f{" + MEMBERS_TAG + "}";
    }

    /** The leases of the gateways. */
    public String leases() {
        return prefix + ":g{" + MEMBERS_TAG + "}";
    }

    /** The dead gateways. */
    public String dead() {
        return prefix + ":h{" + MEMBERS_TAG + "}";
    }

    /** The skews of the clocks of Redis processes. */
    public String skews() {
        return prefix + ":s{" + MEMBERS_TAG + "}";
    }

    /** The Redis processes that gateways have met. */
    public String processes() {
        return prefix + ":p{" + MEMBERS_TAG + "}";
    }

    /** The highest term. */
    public String term() {
        return prefix + ":t{" + MEMBERS_TAG + "}";
    }

    /** The keys of TLS tickets. */
    public String ticketKeys() {
        return prefix + ":b{" + MEMBERS_TAG + "}";
    }

    /** The three keys of the revocations: by name, by version, by end. */
    public List<Object> revocations() {
        String tag = "{" + REVOCATIONS_TAG + "}";
        return List.of(prefix + ":v" + tag, prefix + ":c" + tag, prefix + ":e" + tag);
    }

    /** The retained messages of a shard. */
    public String retained(int shard) {
        return prefix + ":m{" + shard + "}";
    }

    /** The feed of changes of a shard of retained messages. */
    public String retainedFeed(int shard) {
        return prefix + ":n{" + shard + "}";
    }

    /** The channel on which a change of a retained message is told; no key. */
    public String retainedBell() {
        return prefix + ":n";
    }

    /** The expiries of a shard of retained messages. */
    public String retainedExpiry(int shard) {
        return prefix + ":z{" + shard + "}";
    }
}
