// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.check;

import dev.holdfast.store.redis.RedisAccess;
import dev.holdfast.store.redis.RedisAccess.Login;
import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisUrl;
import dev.holdfast.store.redis.check.RespClient.ErrorReply;
import dev.holdfast.store.redis.failure.RedisTrouble;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every Redis master, on connections of its own: does it answer, does it accept the login, would it keep sessions, and
 * does the user have all rights that are needed. Blocks; one thread.
 */
public final class Inspection {
    /** A patience that is longer than a busy Redis needs for an answer. */
    public static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final int MASTER_FLAGS = 2;
    private static final int FIRST_SLOTS = 8;
    private static final List<String> SETTINGS_TOLD = List.of("appendfsync", "min-replicas-to-write");

    private final RedisSettings settings;
    private final Duration patience;
    private final AclRights rights;

    /**
     * An inspection of the servers of these settings.
     *
     * @param patience how long one answer may take
     */
    public Inspection(RedisSettings settings, Duration patience) {
        this.settings = settings;
        this.patience = patience;
        rights = new AclRights(settings);
    }

    /**
     * Looks at all masters. Of a cluster one master that answers is enough.
     *
     * @return warnings for the operator, which are no reason to refuse a server
     * @throws RedisRefusedException if a master refuses the login, lacks rights, or would lose sessions, or if none can be
     *     reached; the message says which master and why
     */
    public List<String> run() throws RedisRefusedException {
        List<String> warnings = new ArrayList<>();
        switch (settings.server().mode()) {
            case SINGLE -> warnings.addAll(master(given().get(0)));
            case SENTINEL -> warnings.addAll(master(watched()));
            case CLUSTER -> {
                Map<String, RedisRefusedException> silent = new LinkedHashMap<>();
                int answered = 0;
                for (RedisUrl master : sharing(silent)) {
                    if (silent.containsKey(master.place())) {
                        continue; // nobody waits for it twice
                    }
                    try {
                        warnings.addAll(master(master));
                        answered++;
                    } catch (RedisRefusedException e) {
                        if (!e.isAway()) {
                            throw e;
                        }
                        silent.put(master.place(), e);
                    }
                }
                if (answered == 0 && !silent.isEmpty()) {
                    throw silent.values().iterator().next();
                }
            }
        }
        return warnings;
    }

    /**
     * What the masters say of themselves. Masters of a cluster that do not answer are left out.
     *
     * @throws RedisRefusedException if one refuses the login, or if none can be reached
     */
    public List<ServerFacts> facts() throws RedisRefusedException {
        Map<String, RedisRefusedException> silent = new LinkedHashMap<>();
        List<RedisUrl> masters = switch (settings.server().mode()) {
            case SINGLE -> given().subList(0, 1);
            case SENTINEL -> List.of(watched());
            case CLUSTER -> sharing(silent);
        };
        List<ServerFacts> facts = new ArrayList<>();
        for (RedisUrl master : masters) {
            if (silent.containsKey(master.place())) {
                continue;
            }
            try (RespClient redis = open(master)) {
                facts.add(facts(master.place(), redis));
            } catch (IOException e) {
                silent.put(master.place(), refusedBy(master.place(), RedisTrouble.of(e)));
            } catch (RedisRefusedException e) {
                if (!e.isAway()) {
                    throw e;
                }
                silent.put(master.place(), e);
            }
        }
        if (facts.isEmpty() && !silent.isEmpty()) {
            throw silent.values().iterator().next();
        }
        return facts;
    }

    private static ServerFacts facts(String place, RespClient redis) throws IOException {
        redis.ask("PING"); // so that TIME finds a connection that is warm
        long asked = System.nanoTime();
        Instant before = Instant.now();
        Object time = redis.ask("TIME");
        Duration taken = Duration.ofNanos(System.nanoTime() - asked);
        Duration ahead = null;
        if (time instanceof List<?> parts && parts.size() == 2) {
            Instant theirs = Instant.ofEpochSecond(Long.parseLong(String.valueOf(parts.get(0))))
                    .plus(Long.parseLong(String.valueOf(parts.get(1))), ChronoUnit.MICROS);
            ahead = Duration.between(before.plus(taken.dividedBy(2)), theirs);
        }
        Object info = redis.ask("INFO", "ALL");
        Map<String, String> settings = new HashMap<>();
        for (String name : SETTINGS_TOLD) {
            if (redis.ask("CONFIG", "GET", name) instanceof List<?> pair && pair.size() == 2) {
                settings.put(name, String.valueOf(pair.get(1)));
            }
        }
        return new ServerFacts(
                place,
                info instanceof ErrorReply ? Map.of() : info(String.valueOf(info)),
                settings,
                ahead,
                taken.dividedBy(2));
    }

    /**
     * Why nobody gets in, found out by trying.
     *
     * @return null if it succeeds at the first server that is named
     */
    @Nullable
    RedisRefusedException whyNot() {
        try {
            switch (settings.server().mode()) {
                case SINGLE -> open(given().get(0)).close();
                case SENTINEL -> open(watched()).close();
                case CLUSTER -> sharing(new HashMap<>());
            }
            return null;
        } catch (RedisRefusedException e) {
            return e;
        }
    }

    private List<RedisUrl> given() {
        return settings.server().addresses().stream().map(RedisUrl::of).toList();
    }

    /** The address of the master, from the first Sentinel that knows it. */
    private RedisUrl watched() throws RedisRefusedException {
        String name = settings.server().masterName();
        Set<String> reasons = new LinkedHashSet<>();
        String kind = "connection";
        for (RedisUrl sentinel : given()) {
            String place = "Sentinel " + sentinel.place();
            try (RespClient redis = open(sentinel, place, this::introduceToSentinel)) {
                return watchedBy(sentinel, redis, name);
            } catch (IOException e) {
                reasons.add(place + " " + RedisTrouble.of(e).words());
            } catch (RedisRefusedException e) {
                reasons.add(e.getMessage());
                kind = e.kind();
            }
        }
        throw new RedisRefusedException(kind, String.join("; ", reasons));
    }

    private static RedisUrl watchedBy(RedisUrl sentinel, RespClient redis, String name)
            throws IOException, RedisRefusedException {
        String place = "Sentinel " + sentinel.place();
        List<@Nullable Object> answers = redis.ask(List.of(
                new String[] {"PING"},
                new String[] {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", name},
                new String[] {"SENTINEL", "SENTINELS", name},
                new String[] {"SENTINEL", "SLAVES", name}));
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i) instanceof ErrorReply refused && RedisTrouble.missingRight(refused.text()) != null) {
                missing.add("+" + AclRights.AT_A_SENTINEL.get(i));
            }
        }
        if (!missing.isEmpty()) {
            throw new RedisRefusedException(
                    "noperm", place + " denies rights that are needed: " + String.join(" ", missing));
        }
        Object found = answers.get(1);
        if (found instanceof ErrorReply refused) {
            throw new RedisRefusedException(
                    "mode",
                    refused.text().contains("unknown command")
                            ? place + " is no Sentinel (store.redis.mode)"
                            : place + " " + RedisTrouble.ofReply(refused.text()).words());
        }
        if (!(found instanceof List<?> address) || address.size() < 2) {
            throw new RedisRefusedException(
                    "mode", place + " watches no master of the name " + name + " (store.redis.master-name)");
        }
        return new RedisUrl(
                sentinel.tls(),
                null,
                null,
                String.valueOf(address.get(0)),
                Integer.parseInt(String.valueOf(address.get(1))),
                0);
    }

    /**
     * The masters of a cluster, from the first node that answers.
     *
     * @param silent where the nodes are noted that do not, by their places
     */
    private List<RedisUrl> sharing(Map<String, RedisRefusedException> silent) throws RedisRefusedException {
        RedisRefusedException last = null;
        for (RedisUrl node : given()) {
            try (RespClient redis = open(node)) {
                Object answer = redis.ask("CLUSTER", "NODES");
                if (answer instanceof ErrorReply refused) {
                    throw refused.text().contains("cluster support disabled")
                            ? new RedisRefusedException(
                                    "mode", node.place() + " is not part of a Redis Cluster (store.redis.mode)")
                            : refusedBy(node.place(), RedisTrouble.ofReply(refused.text()));
                }
                return masters(node, String.valueOf(answer));
            } catch (IOException e) {
                last = refusedBy(node.place(), RedisTrouble.of(e));
            } catch (RedisRefusedException e) {
                if (!e.isAway()) {
                    throw e;
                }
                last = e;
            }
            silent.put(node.place(), last);
        }
        throw last == null ? new RedisRefusedException("connection", "no node is named") : last;
    }

    /** From lines like {@code id 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460}. */
    private static List<RedisUrl> masters(RedisUrl asked, String nodes) {
        List<RedisUrl> masters = new ArrayList<>();
        for (String line : nodes.lines().toList()) {
            String[] fields = line.split(" ");
            boolean isServing = fields.length > FIRST_SLOTS
                    && List.of(fields[MASTER_FLAGS].split(",")).contains("master")
                    && !fields[MASTER_FLAGS].contains("noaddr");
            if (isServing) {
                String place = fields[1].replaceAll("[@,].*", "");
                int colon = place.lastIndexOf(':');
                String host = place.substring(0, colon);
                masters.add(new RedisUrl(
                        asked.tls(),
                        null,
                        null,
                        host.isEmpty() ? asked.host() : host,
                        Integer.parseInt(place.substring(colon + 1)),
                        0));
            }
        }
        return masters;
    }

    private List<String> master(RedisUrl server) throws RedisRefusedException {
        String place = server.place();
        Login login = settings.server().access().servers().get();
        try (RespClient redis = open(server)) {
            List<String> warnings = List.of();
            Object answer = redis.ask("INFO", "ALL");
            if (!(answer instanceof ErrorReply refused)) {
                warnings = ServerChecks.check(
                        place,
                        info(String.valueOf(answer)),
                        settings.durability().replicas());
            } else if (RedisTrouble.missingRight(refused.text()) == null) {
                throw refusedBy(place, RedisTrouble.ofReply(refused.text()));
            }
            List<String> missing = rights.missing(redis);
            if (!missing.isEmpty()) {
                String rules = String.join(" ", missing);
                throw new RedisRefusedException(
                        "noperm",
                        place + " denies " + login + " rights that are needed: " + rules + " (ACL SETUSER "
                                + (login.username() == null ? "default" : login.username()) + " " + rules + ")");
            }
            return warnings;
        } catch (IOException e) {
            throw refusedBy(place, RedisTrouble.of(e));
        }
    }

    private static Map<String, String> info(String text) {
        Map<String, String> info = new HashMap<>();
        text.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                info.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        });
        return info;
    }

    private RespClient open(RedisUrl server) throws RedisRefusedException {
        return open(server, server.place(), this::introduce);
    }

    /** Logs in; answers why that failed, or null. */
    private interface Introduction {
        @Nullable
        RedisTrouble on(RespClient redis) throws IOException;
    }

    /** A client of a server that has accepted the login. */
    private RespClient open(RedisUrl server, String place, Introduction introduction) throws RedisRefusedException {
        RespClient redis = null;
        try {
            redis = connect(server);
            RedisTrouble trouble = introduction.on(redis);
            if (trouble == null) {
                return redis;
            }
            redis.close();
            throw refusedBy(place, trouble);
        } catch (IOException e) {
            if (redis != null) {
                redis.close();
            }
            RedisTrouble wrong = WrongScheme.find(server, e, patience);
            throw refusedBy(place, wrong == null ? why(server, e) : wrong);
        }
    }

    private RespClient connect(RedisUrl server) throws IOException {
        RedisAccess.Tls tls = settings.server().access().tls();
        if (server.tls() && patience.compareTo(SHORT) > 0) {
            try {
                return RespClient.with(server, tls, SHORT).patientFor(patience);
            } catch (SocketTimeoutException e) {
                // A server without TLS does not answer a TLS handshake.
                if (WrongScheme.find(server, e, SHORT) != null) {
                    throw e;
                }
            }
        }
        return RespClient.with(server, tls, patience);
    }

    private RedisTrouble why(RedisUrl server, IOException failure) {
        RedisTrouble trouble = RedisTrouble.of(failure);
        if (!server.tls() || !trouble.equals(RedisTrouble.GONE)) {
            return trouble;
        }
        // In TLS 1.3 the handshake is over for the client before the server has checked its certificate.
        RedisAccess.Tls tls = settings.server().access().tls();
        return tls == null || tls.keys() == null
                ? RedisTrouble.MAY_WANT_CERTIFICATE
                : RedisTrouble.MAY_DISLIKE_CERTIFICATE;
    }

    private @Nullable RedisTrouble introduce(RespClient redis) throws IOException {
        Login login = settings.server().access().servers().get();
        RedisTrouble refused = login.password() == null ? null : objection(logIn(redis, login));
        int database = settings.server().database();
        if (refused == null && database != 0) {
            refused = objection(redis.ask("SELECT", Integer.toString(database)));
            if (refused != null && refused.kind().equals("database")) {
                return new RedisTrouble("database", "has no database " + database + ", see its setting databases");
            }
        }
        return refused == null ? objection(redis.ask("PING")) : refused;
    }

    /** Logs in at a Sentinel only if it asks for that, as Redisson does. */
    private @Nullable RedisTrouble introduceToSentinel(RespClient redis) throws IOException {
        RedisTrouble refused = objection(redis.ask("PING"));
        Login login = settings.server().access().sentinels().get();
        if (refused == null || !refused.kind().equals("noauth")) {
            return refused;
        }
        return login.password() == null
                ? new RedisTrouble(
                        "noauth", "wants a password, and is given none (NOAUTH; store.redis.sentinel-password-file)")
                : objection(logIn(redis, login));
    }

    private static @Nullable Object logIn(RespClient redis, Login login) throws IOException {
        String password = String.valueOf(login.password());
        return login.username() == null ? redis.ask("AUTH", password) : redis.ask("AUTH", login.username(), password);
    }

    /** The trouble that an answer tells of, or null. A missing right is none here: all rights are looked at later. */
    private static @Nullable RedisTrouble objection(@Nullable Object answer) {
        return answer instanceof ErrorReply refused && RedisTrouble.missingRight(refused.text()) == null
                ? RedisTrouble.ofReply(refused.text())
                : null;
    }

    private static RedisRefusedException refusedBy(String place, RedisTrouble trouble) {
        return new RedisRefusedException(trouble.kind(), place + " " + trouble.words());
    }
}
