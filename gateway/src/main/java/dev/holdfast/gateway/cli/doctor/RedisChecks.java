// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.doctor;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.RedisServers;
import dev.holdfast.gateway.cli.terminal.Words;
import dev.holdfast.gateway.config.RedisConfig;
import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.check.Inspection;
import dev.holdfast.store.redis.check.ServerFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whether Redis is there, lets a gateway in, and keeps what it is trusted with. */
final class RedisChecks {
    private static final Duration SKEW_TO_KNOW = Duration.ofMillis(500);
    private static final Duration SKEW_TO_MEND = Duration.ofSeconds(5);
    private static final double NEARLY_FULL = 0.8;
    private static final int PERCENT = 100;

    private RedisChecks() {}

    static List<Finding> run(RedisConfig config) {
        Secret url = config.url();
        if (url == null) {
            return List.of(Finding.warn(
                    "redis",
                    "none: sessions live in the memory of the gateway and end with it",
                    "set store.redis.url where they are to outlive it, or where there are several gateways"));
        }
        List<Finding> findings = new ArrayList<>();
        try {
            RedisSettings settings = RedisServers.settings(config, url);
            Inspection inspection = new Inspection(settings, Inspection.PATIENCE);
            for (ServerFacts server : inspection.facts()) {
                look(server, config.replicas(), findings);
            }
            // The code by which a gateway decides whether it starts: version, eviction, role, rights.
            inspection.run();
            findings.add(Finding.ok("redis rights", "all that a gateway does is allowed"));
        } catch (CommandFailure e) {
            findings.add(Finding.fail("redis", String.valueOf(e.getMessage()), "mend store.redis"));
        } catch (RedisRefusedException e) {
            findings.add(Finding.fail(
                    e.kind().equals("noperm") ? "redis rights" : "redis",
                    String.valueOf(e.getMessage()),
                    e.isAway()
                            ? "start it, or mend store.redis.url; between them may be a firewall"
                            : "mend it there: with this a gateway does not start"));
        }
        return findings;
    }

    private static void look(ServerFacts server, int replicas, List<Finding> findings) {
        String place = server.place();
        if (server.info().isEmpty()) {
            findings.add(Finding.warn(
                    "redis " + place, "does not say how it is: the user may not ask INFO", "allow it: +info"));
        } else {
            findings.add(Finding.ok(
                    "redis " + place,
                    server.name() + ", " + server.info().getOrDefault("role", "?") + ", up "
                            + Words.seconds(number(server.info(), "uptime_in_seconds"))));
            findings.add(memory(server.info()));
            findings.add(appendOnly(server));
            findings.add(replicas(server, replicas));
        }
        findings.add(clock(server));
    }

    private static Finding memory(Map<String, String> info) {
        String policy = info.getOrDefault("maxmemory_policy", "?");
        long most = number(info, "maxmemory");
        long used = number(info, "used_memory");
        String detail = Words.bytes(used) + " used, "
                + (most == 0 ? "no maxmemory" : "maxmemory " + Words.bytes(most) + " (" + used * PERCENT / most + " %)")
                + ", maxmemory-policy " + policy;
        if (!policy.equals("noeviction")) {
            return Finding.fail(
                    "redis memory",
                    detail,
                    "CONFIG SET maxmemory-policy noeviction: any other one throws sessions away");
        }
        if (most == 0) {
            return Finding.warn(
                    "redis memory",
                    detail,
                    "set maxmemory below what the machine has: Redis then refuses what is too much instead of being killed");
        }
        return used > most * NEARLY_FULL
                ? Finding.warn(
                        "redis memory", detail, "give it more: when it is full nothing is stored or acknowledged")
                : Finding.ok("redis memory", detail);
    }

    private static Finding appendOnly(ServerFacts server) {
        if (!"1".equals(server.info().get("aof_enabled"))) {
            return Finding.warn(
                    "redis file",
                    "no append-only file: a restart loses what came after the last snapshot",
                    "appendonly yes, and appendfsync always where not even the last second may be lost");
        }
        String sync = server.settings().get("appendfsync");
        String detail = "append-only file, "
                + (sync == null ? "appendfsync is not told (the user may not ask CONFIG GET)" : "appendfsync " + sync);
        if ("err".equals(server.info().get("aof_last_write_status"))) {
            return Finding.fail("redis file", detail + "; the last write of it failed", "look at the disk of Redis");
        }
        return "no".equals(sync)
                ? Finding.warn("redis file", detail, "appendfsync everysec or always: a crash may lose half a minute")
                : Finding.ok("redis file", detail);
    }

    private static Finding replicas(ServerFacts server, int wanted) {
        long there = number(server.info(), "connected_slaves");
        String least = server.settings().get("min-replicas-to-write");
        String detail = Words.count(there, "replica") + (least == null ? "" : ", min-replicas-to-write " + least)
                + ", store.redis.replicas " + wanted;
        if (there < wanted) {
            return Finding.fail(
                    "redis replicas",
                    detail,
                    "nothing is acknowledged until they are there: start them, or want fewer");
        }
        return Finding.ok("redis replicas", detail);
    }

    private static Finding clock(ServerFacts server) {
        Duration ahead = server.clockAhead();
        if (ahead == null) {
            return Finding.warn("redis clock", "it does not tell: the user may not ask TIME", "allow it: +time");
        }
        String detail = Words.duration(ahead.abs()) + (ahead.isNegative() ? " behind" : " ahead of")
                + " this machine's, give or take " + Words.duration(server.clockDoubt());
        Duration least = ahead.abs().minus(server.clockDoubt());
        String advice = "have both keep time by NTP (chronyc tracking): expiries, ages and token times go wrong by it";
        if (least.compareTo(SKEW_TO_MEND) > 0) {
            return Finding.fail("redis clock", detail, advice);
        }
        return least.compareTo(SKEW_TO_KNOW) > 0
                ? Finding.warn("redis clock", detail, advice)
                : Finding.ok("redis clock", detail);
    }

    private static long number(Map<String, String> info, String name) {
        try {
            return Long.parseLong(info.getOrDefault(name, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
