// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.redisson.connection.CRC16;

/**
 * The name of every key. Names are short, since each is kept once per session.
 *
 * <pre>
 *   hf:{client}    hash    the session: epoch, owner, principal, subscriptions ... (session.lua lists the fields)
 *   hf:{client}q   list    outbound queue
 *   hf:{client}i   hash    inbound QoS 2 messages by packet identifier
 *   hf:{client}d   zset    message ids of acknowledged QoS 2 messages, by time: the dedupe window
 *   hf:{client}w   string  the will
 *   hf:{client}v   hash    wills that are due and not published yet, by the epoch of their connection; *: until when
 *                  one gateway gives what is left
 *   hf:{client}r   string  the answer of the last erasing call, for its retry, two minutes
 *   hf:{client}e   string  the last epoch of a kept session that has ended, one minute
 *   hf:{client}s   list    what ended sessions have left to other members of shared subscriptions, one day
 *   hf:x{shard}    zset    every session, by when the sweep has to look at it
 *   hf:o{gateway}  set     the attaches a gateway holds: nonce and client identifier
 *   hf:o{shard}gateway     the same on a cluster, with the shard of the index that the session stands in
 *   hf:k{principal} zset   kept sessions of a principal (its hash) whose number is bounded, by their epoch
 *   hf:m{shard}    hash    retained messages by topic
 *   hf:n{shard}    stream  topics that gained or lost their retained message
 *   hf:z{shard}    zset    topics by the time their retained message expires
 *   hf:i{gateway}  stream  a gateway's inbox
 *   hf:v{v}        hash    revocations
 *   hf:c{v}        zset    revocations by the version of their last change
 *   hf:e{v}        zset    revocations by their end
 *   hf:g{g}        zset    leases of the gateways, by their end
 *   hf:h{g}        zset    gateways that are dead, by when they were found so
 *   hf:t{g}        string  the highest term that a gateway has begun
 *   hf:p{g}        zset    Redis processes that a gateway has met, by when
 *   hf:s{g}        hash    by how much the clock of a Redis process has jumped, by its run id
 * </pre>
 */
public final class RedisKeys {
    public static final int SLOTS = 16_384;
    public static final String MEMBERS_TAG = "g";
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

    public String session(String tag) {
        return prefix + ":{" + tag + "}";
    }

    public String queue(String tag) {
        return prefix + ":{" + tag + "}q";
    }

    public String inbound(String tag) {
        return prefix + ":{" + tag + "}i";
    }

    public String seen(String tag) {
        return prefix + ":{" + tag + "}d";
    }

    public String will(String tag) {
        return prefix + ":{" + tag + "}w";
    }

    public String due(String tag) {
        return prefix + ":{" + tag + "}v";
    }

    public String replay(String tag) {
        return prefix + ":{" + tag + "}r";
    }

    public String ended(String tag) {
        return prefix + ":{" + tag + "}e";
    }

    public String left(String tag) {
        return prefix + ":{" + tag + "}s";
    }

    public String index(int shard) {
        return prefix + ":x{" + shard + "}";
    }

    public String owned(String gatewayTag) {
        return prefix + ":o{" + gatewayTag + "}";
    }

    /** The part of it that lies with a shard of the index; on a cluster. */
    public String owned(int shard, String gatewayTag) {
        return prefix + ":o{" + shard + "}" + gatewayTag;
    }

    public String kept(String principalTag) {
        return prefix + ":k{" + principalTag + "}";
    }

    public String inbox(String gatewayTag) {
        return prefix + ":i{" + gatewayTag + "}";
    }

    public String leases() {
        return prefix + ":g{" + MEMBERS_TAG + "}";
    }

    public String dead() {
        return prefix + ":h{" + MEMBERS_TAG + "}";
    }

    public String skews() {
        return prefix + ":s{" + MEMBERS_TAG + "}";
    }

    public String processes() {
        return prefix + ":p{" + MEMBERS_TAG + "}";
    }

    public String term() {
        return prefix + ":t{" + MEMBERS_TAG + "}";
    }

    /** Revocations, by version, by end. */
    public List<Object> revocations() {
        String tag = "{" + REVOCATIONS_TAG + "}";
        return List.of(prefix + ":v" + tag, prefix + ":c" + tag, prefix + ":e" + tag);
    }

    public String retained(int shard) {
        return prefix + ":m{" + shard + "}";
    }

    public String retainedFeed(int shard) {
        return prefix + ":n{" + shard + "}";
    }

    /** A channel, not a key. */
    public String retainedBell() {
        return prefix + ":n";
    }

    public String retainedExpiry(int shard) {
        return prefix + ":z{" + shard + "}";
    }
}
