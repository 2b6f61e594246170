// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.check;

import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisSettings.Mode;
import dev.holdfast.store.redis.check.RespClient.ErrorReply;
import dev.holdfast.store.redis.failure.RedisTrouble;
import dev.holdfast.store.redis.script.RedisKeys;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a user of Redis must be allowed to do, and whether it is. Redis tells of a missing right only when it is wanted: of
 * a channel with the first retained message, of a rare command after days. So all of it is tried at the start, in a way that
 * changes nothing: with commands that Redis takes and cannot execute, or on a key that nobody else has and that ends by
 * itself.
 */
public final class AclRights {
    /** What the scripts call, apart from the commands below. */
    static final List<String> IN_SCRIPTS = List.of(
            "del",
            "exists",
            "get",
            "hdel",
            "hexists",
            "hget",
            "hgetall",
            "hincrby",
            "hkeys",
            "hlen",
            "hmget",
            "hscan",
            "hset",
            "hsetnx",
            "lindex",
            "llen",
            "lpop",
            "lrange",
            "lrem",
            "lset",
            "ltrim",
            "persist",
            "pexpire",
            "pexpireat",
            "pttl",
            "publish",
            "rpush",
            "sadd",
            "set",
            "srandmember",
            "srem",
            "sscan",
            "time",
            "xadd",
            "xdel",
            "xrange",
            "xrevrange",
            "xtrim",
            "zadd",
            "zcard",
            "zrandmember",
            "zrange",
            "zrangebyscore",
            "zrem",
            "zremrangebyscore",
            "zrevrange",
            "zscan",
            "zscore");

    /** What is called without a script. */
    private static final List<String> CALLED =
            List.of("eval", "evalsha", "info", "ping", "subscribe", "unsubscribe", "xread");

    private static final String SELECT = "select";
    private static final String WAIT = "wait";
    private static final List<String> ON_A_CLUSTER = List.of("asking", "cluster|nodes");

    /** The commands that are needed at a Sentinel, in the order in which {@link Inspection} sends them. */
    static final List<String> AT_A_SENTINEL =
            List.of("ping", "sentinel|get-master-addr-by-name", "sentinel|sentinels", "sentinel|slaves");

    private static final String NO_SCRIPT = "0".repeat(40);
    private static final String SOON_MILLIS = "10000";
    /** Of the year 2100. */
    private static final String FAR_MILLIS = "4102444800000";
    /** A name that no member, field or topic has: topics have no NUL, and members and fields begin with another character. */
    private static final String NONE = "\0none";

    /** "access one of the keys", before Redis 7.2; "access a key", since. */
    private static final Pattern ACCESS = Pattern.compile("access (?:one of the|a) (key|channel)");

    private final RedisSettings settings;
    private final RedisKeys keys;
    /** A client identifier that no client has. */
    private final String nobody =
            "rights-" + Long.toHexString(ThreadLocalRandom.current().nextLong());

    public AclRights(RedisSettings settings) {
        this.settings = settings;
        keys = new RedisKeys(settings.keyPrefix());
    }

    /** The commands that are used with these settings, by their names in an ACL, in alphabetical order. */
    List<String> commands() {
        List<String> more = new ArrayList<>();
        if (settings.server().database() != 0) {
            more.add(SELECT);
        }
        if (settings.durability().replicas() > 0) {
            more.add(WAIT);
        }
        if (settings.server().mode() == Mode.CLUSTER) {
            more.addAll(ON_A_CLUSTER);
        }
        return Stream.of(IN_SCRIPTS, CALLED, more)
                .flatMap(List::stream)
                .sorted()
                .toList();
    }

    /** The smallest sufficient ACL, as {@code ACL SETUSER} takes it behind the name and the password. */
    public String smallest() {
        return "~" + settings.keyPrefix() + ":* resetchannels &" + keys.retainedBell() + " "
                + commands().stream().map(command -> "+" + command).collect(Collectors.joining(" "));
    }

    /**
     * Tries every command, key and channel.
     *
     * @return the rules that would give the missing rights, as {@code ACL SETUSER} takes them; empty if none is missing
     */
    List<String> missing(RespClient redis) throws IOException {
        Set<String> missing = new LinkedHashSet<>();
        Map<String, String[]> tries = tries();
        List<@Nullable Object> answers = redis.ask(List.copyOf(tries.values()));
        int next = 0;
        for (String command : tries.keySet()) {
            if (isDenied(answers.get(next++), What.COMMAND)) {
                missing.add("+" + command);
            }
        }
        missing.addAll(missingKeys(redis));
        missing.addAll(missingChannel(redis));
        return List.copyOf(missing);
    }

    /** One try for each command. The key of some tries holds a text, so that commands for other types change nothing. */
    private Map<String, String[]> tries() {
        String key = keys.session(nobody);
        Map<String, String[]> tries = new LinkedHashMap<>();
        tries.put("set", words("SET", key, "1", "PX", SOON_MILLIS));
        for (String command : commands()) {
            switch (command) {
                case "del", "pexpire", "publish", "set", "subscribe", "unsubscribe" -> {
                    // These are tried before or behind the loop, or in missingChannel.
                }
                case "asking", "ping", "time" -> tries.put(command, words(command));
                case "cluster|nodes" -> tries.put(command, words("CLUSTER", "NODES"));
                case "eval" -> tries.put(command, words(command, "return 1", "0"));
                case "evalsha" -> tries.put(command, words(command, NO_SCRIPT, "0"));
                case "hincrby", "lrem" -> tries.put(command, words(command, key, "0", NONE));
                case "hscan", "lindex", "sscan", "zscan" -> tries.put(command, words(command, key, "0"));
                case "hset" -> tries.put(command, words(command, key, NONE, "1", NONE));
                case "hsetnx" -> tries.put(command, words(command, key, NONE, "1"));
                case "info" -> tries.put(command, words(command, "server"));
                case "lrange", "lset", "ltrim", "zrange", "zrangebyscore", "zremrangebyscore", "zrevrange" ->
                    tries.put(command, words(command, key, "0", "0"));
                case "pexpireat" -> tries.put(command, words(command, key, FAR_MILLIS));
                case SELECT ->
                    tries.put(
                            command,
                            words(command, Integer.toString(settings.server().database())));
                case WAIT -> tries.put(command, words(command, "0", "1"));
                case "xadd" -> tries.put(command, words(command, key, "no-id", NONE, NONE));
                case "xrange" -> tries.put(command, words(command, key, "-", "+"));
                case "xrevrange" -> tries.put(command, words(command, key, "+", "-"));
                case "xread" -> tries.put(command, words(command, "COUNT", "1", "STREAMS", key, "0"));
                case "xtrim" -> tries.put(command, words(command, key, "MAXLEN", "0"));
                case "zadd" -> tries.put(command, words(command, key, "no-number", NONE));
                case "hdel", "hexists", "hget", "hmget", "rpush", "sadd", "srem", "xdel", "zrem", "zscore" ->
                    tries.put(command, words(command, key, NONE));
                default -> tries.put(command, words(command, key));
            }
        }
        tries.put("pexpire", words("PEXPIRE", key, SOON_MILLIS));
        tries.put("del", words("DEL", key));
        return tries;
    }

    /**
     * The patterns of keys that may not be read or not be changed. If no command is allowed that could tell, a pattern counts as
     * allowed: the missing command is told already.
     */
    private Set<String> missingKeys(RespClient redis) throws IOException {
        Set<String> all = new LinkedHashSet<>();
        List<String> asked = new ArrayList<>();
        List<String[]> questions = new ArrayList<>();
        patterns().forEach((pattern, key) -> {
            all.add(pattern);
            // An error about the type is an answer too: the key was allowed.
            for (String[] question : List.of(
                    words("GET", key),
                    words("HGET", key, NONE),
                    words("LRANGE", key, "0", "0"),
                    words("ZRANGE", key, "0", "0"),
                    words("ZREM", key, NONE),
                    words("HDEL", key, NONE),
                    words("SREM", key, NONE))) {
                asked.add(pattern);
                questions.add(question);
            }
        });
        Set<String> missing = new LinkedHashSet<>();
        List<@Nullable Object> answers = redis.ask(questions);
        for (int i = 0; i < asked.size(); i++) {
            if (isDenied(answers.get(i), What.KEY)) {
                missing.add("~" + asked.get(i));
            }
        }
        return missing.size() == all.size() ? Set.of("~" + settings.keyPrefix() + ":*") : missing;
    }

    /** Each pattern of keys, with a key that fits it. */
    private Map<String, String> patterns() {
        Map<String, String> patterns = new LinkedHashMap<>();
        List<UnaryOperator<String>> named = List.of(
                keys::session,
                keys::queue,
                keys::inbound,
                keys::seen,
                keys::will,
                keys::due,
                keys::replay,
                keys::ended,
                keys::left,
                keys::kept,
                keys::inbox,
                tag -> settings.server().mode() == Mode.CLUSTER ? keys.owned(0, tag) : keys.owned(tag));
        named.forEach(kind -> patterns.put(kind.apply("*"), kind.apply(nobody)));
        List.of(keys.index(0), keys.retained(0), keys.retainedFeed(0), keys.retainedExpiry(0))
                .forEach(key -> patterns.put(key.replace("{0}", "{*}"), key));
        List.of(keys.leases(), keys.dead(), keys.processes(), keys.skews(), keys.term())
                .forEach(key -> patterns.put(key, key));
        keys.revocations().forEach(key -> patterns.put(key.toString(), key.toString()));
        return patterns;
    }

    private List<String> missingChannel(RespClient redis) throws IOException {
        String bell = keys.retainedBell();
        List<String> commands = List.of("publish", "subscribe", "unsubscribe");
        // The gateways that hear this bell look for changes and find none.
        List<@Nullable Object> answers = redis.ask(List.of(
                words("PUBLISH", bell, keys.retainedFeed(0)), words("SUBSCRIBE", bell), words("UNSUBSCRIBE", bell)));
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < commands.size(); i++) {
            if (isDenied(answers.get(i), What.COMMAND)) {
                missing.add("+" + commands.get(i));
            }
        }
        if (answers.stream().anyMatch(answer -> isDenied(answer, What.CHANNEL))) {
            missing.add("&" + bell);
        }
        return missing;
    }

    /** The kinds of rights. */
    private enum What {
        COMMAND,
        KEY,
        CHANNEL
    }

    private static boolean isDenied(@Nullable Object answer, What what) {
        if (!(answer instanceof ErrorReply refused) || RedisTrouble.missingRight(refused.text()) == null) {
            return false;
        }
        Matcher about = ACCESS.matcher(refused.text());
        if (!about.find()) {
            return what == What.COMMAND;
        }
        return what == (about.group(1).equals("key") ? What.KEY : What.CHANNEL);
    }

    private static String[] words(String... words) {
        return words;
    }
}
