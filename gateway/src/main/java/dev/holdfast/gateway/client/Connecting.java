// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.Attaching.Entered;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.NotOwnerException;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.StaleSessionException;
import dev.holdfast.store.session.TooManySessionsException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One client on its way in: authenticate, check the will, attach the session, take it over from an older connection, route its
 * subscriptions, answer, resume. Three of these steps wait for others; meanwhile nothing is read. On the connection's thread.
 */
final class Connecting {
    /** How long a client waits at most for wills that are being published. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** How often the store is asked whether such a will has been published. */
    private static final long LOOK_MILLIS = 20;

    /** What a session without subscriptions costs together with its connection over TCP. */
    private static final int SESSION_BYTES = 3 * 1024;

    private static final String WITHOUT_WILL = "the will may not be published: there is none";

    private static final String MANY_UNBOUND =
            "too many sessions under client identifiers that do not begin with the subject";

    private final Client client;
    private final ClientServices services;
    private final Newcomer newcomer;
    private ClientRequest request;
    private @Nullable AttachRequest attach;
    /** How often the store had been in doubt before it was asked. */
    private int doubts;

    /** What the client is told besides that it is accepted, or null. */
    private @Nullable String words;

    /** Whether the smaller limit of sessions holds, since the client identifier does not belong to the principal. */
    private boolean isFewer;

    /** Whether others could queue something for the session between its attach and now. */
    private boolean hasWaited;

    /** Of a client that has asked to be let in. */
    Connecting(Client client, ClientRequest request, Newcomer newcomer) {
        this.client = client;
        this.services = client.services();
        this.request = request;
        this.newcomer = newcomer;
    }

    void begin(Credentials credentials) {
        services.admission().enter(client, () -> authenticate(credentials));
    }

    private void authenticate(Credentials credentials) {
        then(services.authenticator().authenticate(credentials), this::judged);
        if (client.phase() == Phase.AUTHENTICATING) {
            client.connection().awaitVerdict();
        }
    }

    private void judged(@Nullable Verdict verdict, @Nullable Throwable failure) {
        if (client.phase() != Phase.AUTHENTICATING) {
            return;
        }
        if (failure != null || verdict == null) {
            client.end(Outcome.SERVER_UNAVAILABLE);
        } else if (verdict instanceof Verdict.Refused refused) {
            tell("CONNECT refused by the authenticator", refused.why());
            services.admission().tokenRefused(client, "CONNECT", refused);
            client.end(
                    switch (refused.kind()) {
                        case BAD_CREDENTIALS -> Outcome.BAD_CREDENTIALS;
                        case NOT_AUTHORIZED -> Outcome.NOT_AUTHORIZED;
                        case SERVER_UNAVAILABLE -> Outcome.SERVER_UNAVAILABLE;
                    });
        } else if (verdict instanceof Verdict.Accepted accepted) {
            prepare(accepted.identity());
        }
    }

    /** What can be refused is refused before anything that others have is touched. */
    private void prepare(Identity identity) {
        request = request.keptAtMost(services.session().longestExpiry(identity.owns(request.clientId())));
        Will will = null;
        WillAsked asked = newcomer.will();
        if (asked != null) {
            Outcome refusal = asked.refusal(identity.permissions(), services.limits());
            if (refusal == Outcome.NOT_AUTHORIZED) {
                // Whoever could come without it comes without it: the client has no other way to learn what is wrong.
                words = WITHOUT_WILL;
                tellOfForbidden(asked.will());
            } else if (refusal != null) {
                if (refusal == Outcome.QUOTA_EXCEEDED) {
                    services.metrics().refused(Refused.WILL_BYTES);
                }
                client.end(refusal);
                return;
            } else {
                will = asked.will();
            }
        }
        if (!hasMemoryFor(will)) {
            client.end(Outcome.MEMORY_LIMIT);
            return;
        }
        if (!newcomer.prepares(request, words)) {
            client.end(Outcome.PACKET_TOO_LARGE); // [MQTT-3.1.2-24]
            return;
        }
        Will connectionWill = will;
        services.admission().takeOver(client, request.clientId(), identity, () -> attach(identity, connectionWill));
    }

    /** Who comes back to a session that is known here is let in, however short memory is. */
    private boolean hasMemoryFor(@Nullable Will will) {
        MemoryAccount memory = services.memory();
        if (!memory.hasRoom(Kind.SESSIONS, SESSION_BYTES) && services.sessions().find(request.clientId()) == null) {
            memory.refused(Kind.SESSIONS);
            return false;
        }
        if (will != null && !memory.hasRoom(Kind.WILLS, will.message().heldBytes())) {
            memory.refused(Kind.WILLS);
            return false;
        }
        return true;
    }

    private void tell(String event, String why) {
        ClientTrace trace = client.trace();
        if (trace != null) {
            trace.tell(event, "why", why);
        }
    }

    private void tellOfForbidden(@Nullable Will will) {
        services.metrics().dropped(Dropped.NOT_AUTHORIZED);
        String topic = will == null ? "-" : will.message().topic();
        tell("will refused", topic);
        client.forbiddenWill().tell(client, line -> line.addKeyValue("topic", topic));
    }

    private void attach(Identity identity, @Nullable Will will) {
        AttachRequest asked = new AttachRequest(
                request.clientId(),
                identity.principal(),
                services.gatewayId().get(),
                request.cleanStart(),
                request.expiry(),
                will,
                services.queueLimits().withInflight(request.receiveMaximum()),
                mostSessions(identity));
        attach = asked;
        doubts = services.sessions().doubts();
        then(
                services.sessions().attaching().attach(asked, LifecycleWords.connectedBy(client)),
                (attached, failure) -> attached(identity, will, attached, failure));
    }

    /** Whoever can take identifiers that may be others' is to take few of them. */
    private int mostSessions(Identity identity) {
        if (identity.principal().isEmpty()) {
            return 0;
        }
        int most = services.limits().maxSessionsPerPrincipal();
        int mostUnbound = services.limits().maxUnboundSessionsPerPrincipal();
        isFewer = mostUnbound > 0 && (most == 0 || mostUnbound < most) && !identity.owns(request.clientId());
        return isFewer ? mostUnbound : most;
    }

    private void attached(
            Identity identity, @Nullable Will will, @Nullable Attached attached, @Nullable Throwable failure) {
        if (attached == null) {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            if (cause instanceof TooManySessionsException) {
                refuseOneMore();
            } else {
                client.end(refusal(cause));
            }
            return;
        }
        String displaced = attached.displacedGateway();
        if (displaced != null && !displaced.equals(services.gatewayId().get())) {
            services.admission().tookOverElsewhere(request.clientId(), identity);
        }
        CompletableFuture<Boolean> displacing = services.sessions().attaching().displace(attached);
        boolean isAlone = attached.discarded() == null
                && attached.displaced() == null
                && !attached.owesWills()
                && attached.areCursorsSure();
        if (isAlone && isTrue(displacing)) {
            enter(identity, will, attached);
        } else {
            hasWaited = true;
            then(
                    displacing
                            .thenCompose(isOver -> lastWills(attached, isOver))
                            .thenCompose(
                                    nothing -> services.sessions().attaching().sentMark(attached)),
                    (known, ignored) -> enter(identity, will, known == null ? attached : known));
        }
    }

    private static boolean isTrue(CompletableFuture<Boolean> stage) {
        return stage.isDone() && !stage.isCompletedExceptionally() && stage.join();
    }

    /**
     * Publishes what is left of the wills of those who had the client identifier before, so that they are out before CONNACK: that
     * of a session that ends with this CONNECT, that of a displaced connection whose gateway has not answered, and those of
     * earlier connections, which a sweep publishes, or the gateway that they have left.
     *
     * @param isOver whether the displaced connection is over
     * @return done when they are out, or after a while
     */
    private CompletableFuture<?> lastWills(Attached attached, boolean isOver) {
        Erased discarded = attached.discarded();
        CompletableFuture<?> published = publish(discarded == null ? null : discarded.will()); // [MQTT-3.1.3-9]
        DisplacedConnection displaced = attached.displaced();
        if (!isOver && displaced != null && displaced.owesWill()) {
            SessionRef owing = new SessionRef(request.clientId(), displaced.epoch());
            published = published.thenCombine(
                    services.sessions().attaching().claimWill(owing).thenCompose(this::publish), (one, other) -> null);
        }
        if (attached.owesWills()) {
            long until = System.nanoTime() + PATIENCE.toNanos();
            published = published
                    .handle((nothing, failure) -> true)
                    .thenCompose(nothing -> earlierWills(attached.ref(), until));
        }
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        published.whenComplete((nothing, failure) -> done.complete(true));
        return done.completeOnTimeout(false, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Publishes those that nobody else does, and waits until the others are out. */
    private CompletableFuture<@Nullable Void> earlierWills(SessionRef ref, long untilNanos) {
        return services.sessions()
                .attaching()
                .willsLeft(ref)
                .thenCompose(left -> {
                    CompletableFuture<@Nullable Void> out = CompletableFuture.allOf(
                            left.due().stream().map(this::publish).toArray(CompletableFuture<?>[]::new));
                    if (!left.othersPublish() || System.nanoTime() - untilNanos > 0) {
                        return out;
                    }
                    Executor soon = CompletableFuture.delayedExecutor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                    return out.thenComposeAsync(nothing -> earlierWills(ref, untilNanos), soon);
                })
                .toCompletableFuture();
    }

    /** On the connection's thread, whoever calls; done when the will is where it must be. */
    private CompletableFuture<?> publish(@Nullable DueWill will) {
        if (will == null) {
            return CompletableFuture.completedFuture(null);
        }
        SessionThread thread = client.connection().thread();
        return CompletableFuture.supplyAsync(() -> services.wills().publish(thread, will), thread)
                .thenCompose(published -> published);
    }

    private void enter(Identity identity, @Nullable Will will, Attached attached) {
        if (client.phase() != Phase.AUTHENTICATING) {
            // The client did not wait for the answer.
            abandon(attached, identity);
            return;
        }
        boolean kept = attached.sessionPresent() || !request.expiry().isZero();
        Entered entered = services.sessions()
                .attaching()
                .enter(attached, kept, client.connection().thread(), newcomer.outlet(), request.receiveMaximum());
        if (entered == null) {
            client.end(Outcome.SESSION_TAKEN_OVER);
            abandon(attached, identity);
            return;
        }
        entered(identity, will, attached, entered);
    }

    /** The session is as if its client had left at once, without a will. */
    private void abandon(Attached attached, Identity identity) {
        services.sessions()
                .attaching()
                .abandon(
                        attached,
                        request.expiry(),
                        LifecycleWords.leaving(client, client.outcome(), identity.principal()));
    }

    private void refuseOneMore() {
        services.metrics().refused(isFewer ? Refused.UNBOUND_SESSIONS_PER_PRINCIPAL : Refused.SESSIONS_PER_PRINCIPAL);
        client.connection().end(Outcome.SESSION_LIMIT, isFewer ? MANY_UNBOUND : Outcome.SESSION_LIMIT.reason());
    }

    private Outcome refusal(@Nullable Throwable cause) {
        if (cause instanceof NotOwnerException) {
            return Outcome.NOT_AUTHORIZED;
        }
        if (cause instanceof StaleSessionException) {
            return Outcome.SESSION_TAKEN_OVER;
        }
        services.metrics().storeError(StoreOperation.ATTACH);
        return Outcome.SERVER_UNAVAILABLE;
    }

    private void entered(Identity identity, @Nullable Will will, Attached attached, Entered entered) {
        Session session = entered.session();
        session.will(will);
        if (attach != null) {
            session.attachedBy(
                    attach,
                    !attached.sessionPresent(),
                    doubts != services.sessions().doubts());
        }
        Rights.restrict(session, identity.permissions());
        route(session, attached, entered);
        if (isUnderAnOldName()) {
            giveBack(session, identity, Outcome.SERVER_UNAVAILABLE);
            return;
        }
        services.metrics().connect("accepted");
        ClientTrace trace = client.trace();
        if (trace != null) {
            AdmissionTrace.accepted(trace, attached, identity.principal(), session.isKept());
        }
        client.accept(session, new Standing(identity, request.username()), request.agreement());
        newcomer.accepted(attached);
        session.outbound().resumeLogs(attached.cursors(), request.expiry());
        client.whenStored(Rights.dropForbidden(client, session, identity.permissions()), () -> {});
        if (hasWaited) {
            session.outbound().catchUp();
        } else {
            session.outbound().pump();
        }
        client.connection().verdictReached();
    }

    /**
     * Whether this gateway was taken for dead since it asked the store: then others take the session offline, and
     * whoever closed what was connected under the old name may have come too early to find it.
     */
    private boolean isUnderAnOldName() {
        return attach != null && !attach.gateway().equals(services.gatewayId().get());
    }

    /** Leaves the session as if the client, which has not been answered, had said goodbye. */
    private void giveBack(Session session, Identity identity, Outcome why) {
        session.will(null);
        client.end(why);
        client.departures()
                .leave(
                        session,
                        request.expiry(),
                        why,
                        LifecycleWords.leaving(client, client.outcome(), identity.principal()));
    }

    /** A resumed session is routable before its CONNACK leaves. */
    private void route(Session session, Attached attached, Entered entered) {
        if (entered.replaced() != null) {
            services.routes().gone(entered.replaced(), session.thread());
        }
        if (entered.isNewHere()) {
            services.routes().arrived(session.slot(), attached.subscriptions());
        } else {
            services.routes().resumed(session.slot(), attached.subscriptions());
        }
        services.routes().moved();
    }

    /** Goes on with what a stage brings, on the connection's thread; at once if that is where and when it is done. */
    private <T> void then(CompletionStage<T> stage, BiConsumer<@Nullable T, @Nullable Throwable> next) {
        stage.whenComplete((result, failure) -> client.onThread(() -> next.accept(result, failure)));
    }
}
