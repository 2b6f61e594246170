// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.cluster;

import dev.holdfast.store.session.SessionStore;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Which gateways are alive: each renews a lease, and whoever sees an expired one takes the dead gateway's sessions
 * offline. An id that has been dead stays dead: a gateway that was only slow begins again under a new one.
 */
public interface Membership {

    /**
     * Takes a lease for a gateway that starts.
     *
     * @return false if this id has been dead already
     */
    CompletionStage<Boolean> join(String gateway);

    /** What a renewal has found. */
    enum RenewalResult {
        /** The lease runs on. */
        RENEWED,
        /**
         * It had expired and others have taken the gateway for dead: it is to close its connections, whose sessions are
         * not its own any more, and to join under a new id.
         */
        BURIED,
        /** Neither a lease nor its end was known: the store has lost data. The lease has been taken again. */
        FORGOTTEN
    }

    /** Renews a lease; to be called several times in its duration. */
    CompletionStage<RenewalResult> renew(String gateway);

    /** Ends a lease; sessions that are still held go offline at the next reaping. */
    CompletionStage<Void> leave(String gateway);

    /** The gateways whose lease runs. */
    CompletionStage<Set<String>> living();

    /**
     * Takes sessions of dead gateways offline, as a lost connection would: expiry and will delay begin, a session that
     * is not kept ends, and what is due then comes out of {@link SessionStore#sweep}, once. Any number of gateways may reap at the same time.
     *
     * @param atMost how many sessions at the most
     * @param each hears of each session that this call has taken, on any thread, before a later operation of the
     *     same store on that session is answered; it must not block
     * @return how many went offline; fewer than asked for when there are no more
     */
    CompletionStage<Integer> reap(int atMost, Consumer<Reaped> each);

    /**
     * Takes sessions offline that the store has a living gateway hold, and that it does not hold: how their connections ended
     * has been lost, as after a failover to a server that had missed it. Nobody else would ever take them offline. What became
     * of their wills was settled when they ended; only one that is delayed is due once more, after its delay.
     *
     * @param holds whether the gateway has a connection of a client identifier, or one that comes or goes; asked on any thread
     * @param each hears of each session that this call has taken, as in {@link #reap}
     * @return how many went offline; exceptionally if not all could be looked at
     */
    CompletionStage<Integer> disclaim(String gateway, Predicate<String> holds, Consumer<Reaped> each);
}
