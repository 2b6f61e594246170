// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.routing.BusyException;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.trace.ClientTrace;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client of one connection, from the moment when the connection is opened: its {@link Phase}, who it is, what it may do,
 * and its session. On the connection's thread, unless a method says otherwise.
 */
public final class Client {
    /** Of connections and their ends; operators know the name. */
    public static final Logger LOG = LoggerFactory.getLogger("dev.holdfast.connection");

    private static final CompletableFuture<?> NOTHING = CompletableFuture.completedFuture(null);

    private final Clients clients;
    private final ClientConnection connection;
    private Phase phase = Phase.AWAITING_CONNECT;
    private String id = "-";
    /** Null, unless an operator traces this client. */
    private @Nullable ClientTrace trace;

    private @Nullable Session session;
    private @Nullable Agreement agreement;
    private @Nullable Standing standing;
    private @Nullable Throttle throttle;
    private @Nullable Outcome outcome;
    private boolean isCountedIn;

    Client(Clients clients, ClientConnection connection) {
        this.clients = clients;
        this.connection = connection;
    }

    ClientConnection connection() {
        return connection;
    }

    ClientServices services() {
        return clients.services();
    }

    Departures departures() {
        return clients.departures();
    }

    ClientNotice forbiddenWill() {
        return clients.forbiddenWill();
    }

    // ---- who it is

    /** The client identifier, or {@code -} before the client has said one. */
    public String id() {
        return id;
    }

    /** Takes note of the client identifier. */
    public void identify(String clientId) {
        id = clientId;
        retrace();
    }

    /** What tells an operator of this client, or null if nobody traces it. */
    public @Nullable ClientTrace trace() {
        return trace;
    }

    /** Asks again whether an operator traces this client. */
    public void retrace() {
        trace = services().traces().of(id, connection.address());
    }

    /** Who the client has proved to be; anonymous before that. */
    public Identity identity() {
        Standing present = standing;
        return present == null ? Identity.ANONYMOUS : present.identity();
    }

    /** The User Name with which the client connected, as far as a renewal needs it, or null. */
    public @Nullable String username() {
        Standing present = standing;
        return present == null ? null : present.username();
    }

    /** What was agreed upon when the client was accepted; null before that. */
    public @Nullable Agreement agreement() {
        return agreement;
    }

    /** The session is to be kept for so long after the connection has ended. */
    public void keepFor(Duration expiry) {
        Agreement present = agreement;
        if (present != null) {
            agreement = present.withExpiry(expiry);
        }
    }

    /** The session. To be called only in a phase that has one. */
    public Session session() {
        Session live = session;
        if (live == null) {
            throw new IllegalStateException("no session in phase " + phase);
        }
        return live;
    }

    /** Whether there is a session. */
    public boolean hasSession() {
        return session != null;
    }

    /** How fast the client may send; null if neither rate is limited, and before the client is accepted. */
    public @Nullable Throttle throttle() {
        return throttle;
    }

    // ---- its phases

    /** Where the connection stands in its life. */
    public Phase phase() {
        return phase;
    }

    /** Whether the client has been accepted and the end of the connection has not been decided. */
    public boolean isAccepted() {
        return phase == Phase.CONNECTED || phase == Phase.REAUTHENTICATING;
    }

    /** Whether the end of the connection has been decided. */
    public boolean isOver() {
        return phase == Phase.CLOSING || phase == Phase.CLOSED;
    }

    void moveTo(Phase next) {
        if (!phase.mayBecome(next)) {
            throw new IllegalStateException(phase + " cannot become " + next);
        }
        phase = next;
    }

    /**
     * The client asks to be let in. What follows may wait for the authenticator, the store and other gateways, and ends with
     * {@link Newcomer#accepted} or {@link ClientConnection#end}.
     */
    public void connect(ClientRequest request, Credentials credentials, Newcomer newcomer) {
        moveTo(Phase.AUTHENTICATING);
        new Connecting(this, request, newcomer).begin(credentials);
    }

    /** {@link Admission} has counted this connection. */
    void countedIn() {
        isCountedIn = true;
    }

    /** The client is accepted; the answer to it comes next. */
    void accept(Session newSession, Standing newStanding, Agreement agreed) {
        session = newSession;
        standing = newStanding;
        agreement = agreed;
        throttle = services()
                .admission()
                .throttle(
                        newSession.clientId(),
                        newStanding.identity(),
                        services().limits());
        moveTo(Phase.CONNECTED);
    }

    /**
     * The client shows a new token. Everything else on the connection goes on meanwhile.
     *
     * @param where what brought the token, for the log: AUTH or PUBLISH
     */
    public void renew(Credentials credentials, String where, Renewal.Answer answer) {
        Renewal.begin(this, credentials, where, answer);
    }

    /** A renewal that was not looked at, since too many wait on this connection: it counts as a refused token. */
    public void refuseRenewal() {
        services().admission().tooManyRenewals(this);
    }

    /** A renewal has been accepted; returns whether it changes anything. */
    boolean renewed(Identity identity) {
        Standing before = standing;
        standing = before == null ? new Standing(identity, username()) : before.renewedBy(identity);
        return standing != before;
    }

    /** Looks whether the token still counts, and has the session do what time has brought. About once a second. */
    public void tick() {
        Standing present = standing;
        Outcome over = present == null
                ? null
                : present.end(connection.thread().nowMillis(), services().revocations());
        Standing longer = present == null || over != Outcome.TOKEN_EXPIRED ? null : present.longer();
        if (longer != null) {
            guard(() -> fallBack(longer));
        } else if (over != null) {
            end(over);
        } else if (session != null) {
            guard(session::tick);
        }
    }

    /** The newer token has expired before the one that it replaced: the older one counts again. */
    private void fallBack(Standing onto) {
        standing = onto;
        Renewal.apply(this, onto.identity().permissions(), dropped -> {});
    }

    // ---- work for it

    /**
     * Goes on, on this connection's thread, when something is stored: at once if that is so already and the caller is on that
     * thread. Ends the connection if it could not be stored.
     */
    public void whenStored(CompletableFuture<?> stored, Runnable then) {
        stored.whenComplete((ignored, failure) -> onThread(failure == null ? then : () -> failed(failure)));
    }

    /** Runs something for this client on its connection's thread, at once if that is the caller's. Any thread. */
    void onThread(Runnable task) {
        if (connection.thread().isCurrent()) {
            guard(task); // a stage would swallow a fault
        } else {
            connection.thread().execute(() -> guard(task));
        }
    }

    /** Runs a task later on the connection's thread. */
    void later(Duration delay, Runnable task) {
        services().timers().later(connection.thread(), delay, task);
    }

    /** Runs something for this client; a fault in it ends this connection and no other. */
    public void guard(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException fault) {
            failed(fault);
        }
    }

    /** A fault of this program has shown while it did something for this client: its connection ends. */
    public void failed(RuntimeException fault) {
        LOG.atError()
                .addKeyValue("client", id)
                .addKeyValue("peer", connection.address())
                .setCause(fault)
                .log("failed");
        end(Outcome.INTERNAL_ERROR);
    }

    /** What an acknowledgement waits for was not done: the client gets no acknowledgement. */
    private void failed(Throwable why) {
        Throwable cause = why instanceof CompletionException ? why.getCause() : why;
        if (cause instanceof BusyException) {
            end(Outcome.SERVER_BUSY);
        } else {
            services().metrics().storeError(StoreOperation.SESSION);
            end(Outcome.STORE_UNAVAILABLE);
        }
    }

    // ---- its end

    /** Ends the connection; the client is told the outcome's own words. */
    public void end(Outcome outcome) {
        connection.end(outcome, outcome.reason());
    }

    /** The input of a connection that ends has been dealt with faster than its rate allows: the next one begins with that debt. */
    public void owesRate() {
        if (throttle != null && !throttle.isOpen(System.nanoTime())) {
            services().admission().owes(id, identity(), throttle);
        }
    }

    /**
     * The end of the connection has been decided: counts it, and leaves the session.
     *
     * @return done when the socket may be closed, as {@link Departures#gone} says
     */
    public CompletableFuture<?> leave(Outcome why) {
        if (phase == Phase.AUTHENTICATING || (phase == Phase.AWAITING_CONNECT && why.answersConnect())) {
            services().metrics().connect(why.tag());
        }
        moveTo(Phase.CLOSING);
        return gone(why);
    }

    /**
     * The socket has gone.
     *
     * @param why what is told of the end if it had not been decided before; null if nobody is to be told, since nothing has
     *     come from the client
     */
    public void closed(@Nullable Outcome why) {
        boolean isAnnounced = phase == Phase.CLOSING;
        moveTo(Phase.CLOSED);
        if (!isAnnounced && why != null) {
            gone(why);
        }
        if (isCountedIn) {
            services().admission().leave();
        }
    }

    private CompletableFuture<?> gone(Outcome why) {
        outcome = why;
        if (trace != null) {
            trace.tell("closed", "reason", why.tag(), "by", why.isByServer() ? "server" : "client");
        }
        Session left = session;
        session = null;
        services().metrics().disconnect(why.tag(), why.isByServer());
        services().endLog().ended(this, why);
        return left == null ? NOTHING : departures().gone(this, why, left);
    }

    /** Why the connection has ended; before it has, and for whoever asks too early, that its peer has gone. */
    Outcome outcome() {
        return outcome == null ? Outcome.PEER_CLOSED : outcome;
    }
}
