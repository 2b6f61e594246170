// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.limits.FailedLogins;
import dev.holdfast.gateway.limits.SameIdStorm;
import dev.holdfast.gateway.observe.Refused;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Who of those that knock is let in, and when: rates and numbers of connections, failed logins, and takeovers that
 * come too fast. What has to wait waits in its loop, nothing read meanwhile; the state is the gateway's, any thread.
 */
public final class Admission {
    private static final int MOST_INDEBTED = 10_000;

    /** Connections that were let in, from CONNECT on. */
    private final AtomicInteger connections = new AtomicInteger();

    private volatile int mostConnections;
    private final ConnectRates connectRates;
    private volatile Rates rates;
    /** By client identifier and principal: what was taken at once at a takeover, and is to be waited for afterwards. */
    private final ConcurrentHashMap<String, Throttle> indebted = new ConcurrentHashMap<>();

    private final TokenRefusals refusals = new TokenRefusals();
    private volatile boolean isShut;

    /**
     * As the limits say.
     *
     * @param connectRates the rates of CONNECTs, by which TLS handshakes are counted as well
     */
    public Admission(LimitsConfig limits, ConnectRates connectRates) {
        this.connectRates = connectRates;
        mostConnections = limits.maxConnections();
        rates = Rates.of(limits);
    }

    /** What is counted over time; it begins anew where a limit is changed. */
    private record Rates(
            @Nullable FailedLogins failedLogins, @Nullable SameIdStorm storm) {
        static Rates of(LimitsConfig limits) {
            return new Rates(
                    limits.failedLoginRate().isOff() ? null : new FailedLogins(limits.failedLoginRate()),
                    limits.takeoverRate().isOff()
                            ? null
                            : new SameIdStorm(limits.takeoverRate(), limits.takeoverWait()));
        }
    }

    /** Other limits hold from now on, for those who come. Any thread. */
    void apply(LimitsConfig limits) {
        mostConnections = limits.maxConnections();
        rates = Rates.of(limits);
        connectRates.apply(limits);
    }

    /** Lets nobody in any more, for this gateway is to be empty. */
    void shut() {
        isShut = true;
    }

    /** Goes on with a CONNECT now or after its wait, before its credentials are looked at; or refuses it. */
    void enter(Client client, Runnable then) {
        if (isShut) {
            turnAway(client);
            return;
        }
        long now = System.nanoTime();
        String host = client.connection().host();
        ConnectRates.Counted counted = client.connection().countedByRates();
        FailedLogins failedLogins = rates.failedLogins();
        if (failedLogins != null && !failedLogins.waitFor(host, now).isZero()) {
            refuse(client, Outcome.FAILED_LOGIN_RATE, Refused.FAILED_LOGIN_RATE);
            return;
        }
        long itsTurn =
                counted == ConnectRates.Counted.BY_ADDRESS_AND_ALL ? 0 : connectRates.reserveOfAddress(host, now);
        if (itsTurn == ConnectRates.REFUSED) {
            refuse(client, Outcome.CONNECT_RATE, Refused.CONNECT_RATE_PER_ADDRESS);
            return;
        }
        if (!client.connection().isWithinAddressLimit()) {
            refuse(client, Outcome.CONNECTION_LIMIT, Refused.MAX_CONNECTIONS_PER_ADDRESS);
            return;
        }
        if (!hasRoomForOneMore()) {
            refuse(client, Outcome.CONNECTION_LIMIT, Refused.MAX_CONNECTIONS);
            return;
        }
        client.countedIn();
        Runnable inTurn = () -> {
            if (isShut) {
                turnAway(client);
            } else {
                then.run();
            }
        };
        long wait = counted == ConnectRates.Counted.NOT ? connectRates.reserveOfAll(now) : 0;
        if (wait < 0 || wait >= itsTurn) {
            after(wait, client, Outcome.CONNECT_RATE, Refused.CONNECT_RATE, inTurn);
        } else {
            after(itsTurn, client, Outcome.CONNECT_RATE, Refused.CONNECT_RATE_PER_ADDRESS, inTurn);
        }
    }

    private boolean hasRoomForOneMore() {
        int most = mostConnections;
        if (connections.incrementAndGet() > most && most > 0) {
            connections.decrementAndGet();
            return false;
        }
        return true;
    }

    private static void turnAway(Client client) {
        refuse(client, Outcome.SERVER_SHUTTING_DOWN, Refused.DRAINING);
    }

    /** A connection that was let in has gone. */
    void leave() {
        connections.decrementAndGet();
    }

    /**
     * Counts and tells that a token was refused, and counts it as a failed login of its address if it could have been
     * guessed: not if it was good once, nor if the reason is ours.
     *
     * @param where what brought it, for the log: CONNECT, AUTH or PUBLISH
     */
    void tokenRefused(Client client, String where, Verdict.Refused refused) {
        client.services().metrics().tokenRejected(refused.why());
        refusals.refused(client, where, refused.why(), refused.words());
        FailedLogins failedLogins = rates.failedLogins();
        if (refused.isFailedLogin() && failedLogins != null) {
            failedLogins.failed(client.connection().host(), System.nanoTime());
        }
    }

    /** The same of a good token that is not of the principal whose connection it was to renew. */
    void tokenOfAnother(Client client, String where) {
        tokenRefused(client, where, Verdict.Refused.OTHER_PRINCIPAL);
    }

    /** The same of a token that was not looked at, since too many wait on its connection. */
    void tooManyRenewals(Client client) {
        tokenRefused(client, "PUBLISH", Verdict.Refused.BUSY);
    }

    /**
     * Goes on with a client that has proved who it is, now, or later if it takes its client identifier from a live
     * connection and that happens too often; or refuses it. Counted for each principal on its own: nobody can slow down
     * another's clients.
     */
    void takeOver(Client client, String clientId, Identity identity, Runnable then) {
        SameIdStorm storm = rates.storm();
        if (storm == null) {
            then.run();
            return;
        }
        long now = System.nanoTime();
        String key = key(clientId, identity);
        var slot = client.services().sessions().find(clientId);
        boolean isLive = slot != null && slot.live() != null;
        long wait = isLive ? storm.takeover(key, now) : storm.entry(key, now);
        after(wait, client, Outcome.TAKEOVER_STORM, Refused.TAKEOVER_RATE, then);
    }

    /** Counts a client identifier that has been taken from a live connection of another gateway. */
    void tookOverElsewhere(String clientId, Identity identity) {
        SameIdStorm storm = rates.storm();
        if (storm != null) {
            storm.displaced(key(clientId, identity), System.nanoTime());
        }
    }

    /**
     * The input of a connection that was taken over has been dealt with at once, faster than its rate allows: the next connection
     * of this client here begins with that debt.
     */
    void owes(String clientId, Identity identity, Throttle throttle) {
        if (indebted.size() >= MOST_INDEBTED) {
            indebted.clear();
        }
        indebted.put(key(clientId, identity), throttle);
    }

    /** The rate of a connection that is accepted now, or null if none is limited. */
    @Nullable
    Throttle throttle(String clientId, Identity identity, LimitsConfig limits) {
        Throttle owing = indebted.isEmpty() ? null : indebted.remove(key(clientId, identity));
        return owing == null ? Throttle.of(limits) : owing;
    }

    private static String key(String clientId, Identity identity) {
        return identity.principal() + '\0' + clientId;
    }

    private static void after(long wait, Client client, Outcome refusal, Refused limit, Runnable then) {
        if (wait < 0) {
            refuse(client, refusal, limit);
        } else if (wait == 0) {
            then.run();
        } else {
            client.services().metrics().refused(limit);
            client.connection().awaitVerdict();
            client.later(Duration.ofNanos(wait), () -> {
                if (client.phase() == Phase.AUTHENTICATING) {
                    client.guard(then);
                }
            });
        }
    }

    private static void refuse(Client client, Outcome outcome, Refused limit) {
        client.services().metrics().refused(limit);
        client.end(outcome);
    }
}
