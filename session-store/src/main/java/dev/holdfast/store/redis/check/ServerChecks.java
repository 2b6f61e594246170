// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.check;

import dev.holdfast.store.redis.RedisRefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Checks what a server says of itself (INFO) before sessions are trusted to it. */
public final class ServerChecks {
    private ServerChecks() {}

    /**
     * Checks one server's INFO. Valkey names the Redis version that it is compatible with ({@code redis_version}, 7.2.4) beside
     * its own version, and is judged by the former.
     *
     * @param replicas how many replicas are to confirm each write
     * @return warnings for the operator, which are no reason to refuse the server
     * @throws RedisRefusedException if the server would lose sessions
     */
    public static List<String> check(String address, Map<String, String> info, int replicas)
            throws RedisRefusedException {
        String version = info.getOrDefault("redis_version", "0");
        if (!isAtLeast6dot2(version)) {
            throw new RedisRefusedException(
                    "version", address + " is " + name(info) + "; at least Redis 6.2 is needed (LPOP count)");
        }
        if ("sentinel".equals(info.get("redis_mode"))) {
            throw new RedisRefusedException(
                    "mode", address + " is a Sentinel and keeps nothing itself; set store.redis.mode to sentinel");
        }
        if (!"master".equals(info.getOrDefault("role", "master"))) {
            throw new RedisRefusedException(
                    "readonly",
                    address + " is a replica of " + info.get("master_host") + ":" + info.get("master_port")
                            + "; give the master's address, or use Sentinel");
        }
        String policy = info.getOrDefault("maxmemory_policy", "noeviction");
        if (!"noeviction".equals(policy)) {
            throw new RedisRefusedException(
                    "eviction",
                    address + " has maxmemory-policy " + policy + ", which would evict sessions; set it to noeviction");
        }
        List<String> warnings = new ArrayList<>();
        if ("0".equals(info.getOrDefault("aof_enabled", "1"))) {
            warnings.add(address + " has no append-only file: a restart loses what came after its last snapshot; "
                    + "set appendonly yes");
        }
        String connected = info.getOrDefault("connected_slaves", "0");
        if (replicas > Integer.parseInt(connected)) {
            warnings.add(
                    address + " has " + connected + " replicas of the " + replicas
                            + " that must have each write (store.redis.replicas): nothing is acknowledged until they are there");
        }
        return warnings;
    }

    static String name(Map<String, String> info) {
        String valkey = info.get("valkey_version");
        String redis = "Redis " + info.getOrDefault("redis_version", "of an unknown version");
        return valkey == null ? redis : "Valkey " + valkey + ", compatible with " + redis;
    }

    private static boolean isAtLeast6dot2(String version) {
        String[] parts = version.split("\\.", 3);
        try {
            int major = Integer.parseInt(parts[0]);
            int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
            return major > 6 || (major == 6 && minor >= 2);
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
