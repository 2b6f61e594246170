// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.SeqRange;
import dev.holdfast.store.session.SessionRef;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one live session on their way to its client: in which order they leave, how many at a time, and how far
 * the exchange of each has come. What waits stands in the {@link Backlog}, what is sent and not acknowledged in the
 * {@link InflightWindow}; the {@link Outlet} is the connection. On the session's thread, unless a method says otherwise.
 */
public final class Outbound {
    final OutboundServices services;
    final SessionRef ref;
    final SessionThread thread;
    final Outlet outlet;
    final InflightWindow window;
    private final StoreFailures failures;
    private final Backlog backlog;
    /** The subscriptions that read logs; null as long as there has been none. */
    private @Nullable LogDeliveries logs;

    private @Nullable Predicate<String> mayReceive;
    /** Retained messages that go out whenever the session has room for more; null while there are none. */
    private @Nullable PacedSource source;

    private final boolean isKept;
    private boolean isSourcesTurn;
    private boolean isLogsTurn;
    private boolean isPumping;
    private boolean isClosed;
    private boolean hasLetGo;

    /**
     * The outbound side of a session that the store has attached.
     *
     * @param place the session's place at this gateway if the session is kept; null if it ends with its connection
     * @param attached the store's answer
     * @param receiveMaximum how many unacknowledged packets the client takes
     * @param failures hears of failed calls to the store
     */
    public Outbound(
            OutboundServices services,
            @Nullable SessionPlace place,
            Attached attached,
            SessionThread thread,
            Outlet outlet,
            int receiveMaximum,
            StoreFailures failures) {
        this.services = services;
        this.ref = attached.ref();
        this.thread = thread;
        this.outlet = outlet;
        this.failures = failures;
        this.window = new InflightWindow(receiveMaximum, attached.identifiers());
        this.isKept = place != null;
        if (place == null) {
            backlog = new MemoryBacklog(this);
        } else {
            window.startAt(attached.firstSeq());
            backlog = new StoredBacklog(this, place, attached);
        }
    }

    /** The right to change the session in the store. Any thread. */
    public SessionRef ref() {
        return ref;
    }

    /** The thread of the session. Any thread. */
    public SessionThread thread() {
        return thread;
    }

    /** The connection. Any thread. */
    public Outlet outlet() {
        return outlet;
    }

    /** Does something on this session's thread: at once if the caller is on it. Any thread. */
    void onThread(Runnable task) {
        if (thread.isCurrent()) {
            task.run();
        } else {
            thread.execute(task);
        }
    }

    /** Tells the session that a call to the store has failed. Any thread. */
    void failed(Throwable failure) {
        failures.failed(failure);
    }

    // ---- messages in

    /**
     * Delivers a message now, or keeps it for later as far as the limits allow.
     *
     * @param origin the shared subscription that it came through, or null
     * @return whether the session has taken it; if not, a shared subscription asks its next member
     */
    public boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        if (isClosed) {
            return false;
        }
        if (qos == 0 && !isKept) {
            // It never waits, so that the backlog need not be touched: a fan-out costs what memory it touches.
            boolean isTaken = deliverQos0(message, retain, subscriptionIdentifiers);
            overtakenBy(message);
            return isTaken;
        }
        return backlog.deliver(message, qos, retain, subscriptionIdentifiers, origin);
    }

    /**
     * Takes note of a message that the store has put into this session's queue, and sends it if it is next.
     *
     * @param seq its position in the queue
     * @param target what the store was asked to put there
     * @param hasDropped whether the queue limit has taken other messages for it
     * @param origin the shared subscription that it came through, or null
     */
    public void queued(
            long seq, Message message, EnqueueTarget target, boolean hasDropped, @Nullable SharedOrigin origin) {
        backlog.queued(seq, message, target, hasDropped, origin);
    }

    /** The queue has a message at this position or has had one; the message itself is not known here. Any thread. */
    public void reaches(long seq) {
        backlog.reaches(seq);
    }

    /** The queue has lost messages that had not been sent: an operator has emptied it. */
    public void dropped() {
        backlog.dropped();
    }

    /** Sends what waits, and reads the queue in the store for messages of which no hint came. */
    public void catchUp() {
        backlog.look();
    }

    /** Whether it can take another message without dropping one and without making it wait for long. */
    public boolean isReady() {
        return !isClosed
                && backlog.isEmpty()
                && (logs == null || logs.isEmpty())
                && windowHasRoom()
                && outlet.hasRoom();
    }

    /** Whether the window has room for a message at the next position. */
    boolean windowHasRoom() {
        return window.hasRoomFor(window.next());
    }

    /** Restricts what is delivered to topics that pass; null lifts the restriction. */
    public void mayReceive(@Nullable Predicate<String> permission) {
        this.mayReceive = permission;
    }

    // ---- messages out

    /** Sends what waits, as far as the client takes it. */
    public void pump() {
        if (isPumping) {
            return;
        }
        isPumping = true;
        try {
            while (!isClosed && outlet.hasRoom() && takeTurn()) {
                // the turn does the work
            }
        } finally {
            isPumping = false;
        }
    }

    /** Sends one message: by turns one that waits and one of the source, so that neither waits for the other's end. */
    private boolean takeTurn() {
        if (source != null && isSourcesTurn && takeFromSource()) {
            isSourcesTurn = false;
            return true;
        }
        if (logs == null ? backlog.sendNext() : sendNext(logs)) {
            isSourcesTurn = true;
            return true;
        }
        return source != null && takeFromSource();
    }

    /** By turns one message of the queue and one of a log. */
    private boolean sendNext(LogDeliveries reading) {
        isLogsTurn = !isLogsTurn;
        return isLogsTurn ? reading.sendNext() || backlog.sendNext() : backlog.sendNext() || reading.sendNext();
    }

    /** About once a second: takes up what a failed call to the store has left, and gives back memory that is not needed. */
    public void tick() {
        window.rest();
        if (source != null) {
            source.tick();
        }
        if (logs != null) {
            logs.tick();
        }
        backlog.tick();
    }

    /** Sends or drops a message of QoS 0; it is never queued here. Answers whether it was taken. */
    boolean deliverQos0(Message message, boolean retain, int[] subscriptionIdentifiers) {
        if (!mayDeliverAtOnce(message)) {
            return true;
        }
        if (!outlet.hasRoomFor(message)) {
            services.metrics().dropped(Dropped.SLOW);
            outlet.dropped(message, Dropped.SLOW);
            missed(message);
            return false;
        }
        outlet.publish(message, 0, 0, retain, false, subscriptionIdentifiers);
        return true;
    }

    /** Whether a message that has waited is neither expired nor forbidden; counts it if it is. */
    boolean mayDeliver(Message message) {
        if (message.isExpired(thread.nowMillis())) {
            services.metrics().dropped(Dropped.EXPIRED); // [MQTT-3.3.2-5]
            outlet.dropped(message, Dropped.EXPIRED);
            return false;
        }
        return mayReceive(message);
    }

    /** The same for a message that has not waited here: one with an expiry interval of 0 is not expired yet. */
    boolean mayDeliverAtOnce(Message message) {
        return message.isForNowOnly() ? mayReceive(message) : mayDeliver(message);
    }

    /** Whether the client may have a message; counts it if not. */
    boolean mayReceive(Message message) {
        Predicate<String> permission = mayReceive;
        if (permission != null && !permission.test(message.topic())) {
            services.metrics().dropped(Dropped.NOT_AUTHORIZED);
            outlet.dropped(message, Dropped.NOT_AUTHORIZED);
            return false;
        }
        return true;
    }

    /** Writes a PUBLISH at a position of the queue, and notes the position in the window. */
    void send(long seq, Message message, int qos, boolean retain, boolean dup, int[] subscriptionIdentifiers) {
        boolean isSent = outlet.publish(message, window.packetId(seq), qos, retain, dup, subscriptionIdentifiers);
        if (!isSent || qos == 0) {
            window.sent(seq, InflightWindow.State.DONE);
            backlog.skipped(seq);
        } else {
            window.sent(seq, qos == 1 ? InflightWindow.State.AWAITING_PUBACK : InflightWindow.State.AWAITING_PUBREC);
        }
    }

    // ---- logs

    /** The subscriptions of a kept session that read logs. */
    public LogDeliveries logs() {
        LogDeliveries present = logs;
        if (present == null) {
            present = new LogDeliveries(this, services.logs());
            logs = present;
        }
        return present;
    }

    /** Whether the session has subscriptions that read logs, or has had some. */
    public boolean hasLogs() {
        return logs != null;
    }

    /** Which cursors in logs the session has. */
    public Set<LogCursor.Name> cursorNames() {
        return logs == null ? Set.of() : logs.names();
    }

    /** How many packet identifiers the messages of the queue share. */
    public int identifiers() {
        return window.identifiers();
    }

    /**
     * Goes on where the session has been in its logs; the client has been answered.
     *
     * @param expiry for how long the session outlives its connection
     */
    public void resumeLogs(List<LogCursor> cursors, Duration expiry) {
        if (!cursors.isEmpty()) {
            logs().resume(cursors);
            logs().keepFor(expiry);
        }
    }

    // ---- retained messages

    /** The source of retained messages that goes on whenever the session has room for more, or null. */
    public @Nullable PacedSource source() {
        return source;
    }

    /** Lets a source go on whenever the session has room for more, until nothing is left of it. */
    public void source(PacedSource added) {
        source = added;
        pump();
    }

    private boolean takeFromSource() {
        PacedSource present = source;
        PacedSource.Rest rest = present == null ? PacedSource.Rest.NONE : present.next();
        if (rest == PacedSource.Rest.NONE) {
            endSource();
        }
        return rest == PacedSource.Rest.HANDED_OVER;
    }

    private void endSource() {
        if (source != null) {
            source.close();
            source = null;
        }
    }

    /** Ends what the source has for the subscription with this filter [MQTT-3.10.4-2]. */
    public void unsubscribed(String filter) {
        if (source != null) {
            source.unsubscribed(filter);
        }
    }

    /** The session is given this message, or its client has published it: the source sends no older one of its topic. */
    public void overtakenBy(Message newer) {
        if (source != null) {
            source.overtakenBy(newer);
        }
    }

    /** A limit has taken a message that the session was to have: the source sends the topic's newest one instead. */
    public void missed(Message message) {
        if (source != null && message.isRetain()) {
            source.missed(message);
        }
    }

    /** Room has been made in the queue: the source goes on. */
    void roomMade() {
        if (source != null) {
            pump();
        }
    }

    /** Takes retained messages for this session. Ask for it each time: it is not to be kept. */
    public RetainedIntake retained() {
        return backlog.retained();
    }

    /** Whether a message would fit into this session's queue if that were empty. */
    public boolean mayEverQueue(Message message) {
        return message.size() <= services.limits().maxBytes();
    }

    /** Whether the client owes acknowledgements, or the store has yet to hear of some: both make room in the queue. */
    public boolean isOwed() {
        return !window.isEmpty() || backlog.owesTheStore();
    }

    // ---- acknowledgements from the client

    /** PUBACK. */
    public Acknowledgement puback(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBACK);
    }

    /** PUBCOMP. */
    public Acknowledgement pubcomp(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBCOMP);
    }

    /** PUBREC with a reason code of 0x80 or more: the exchange is over [MQTT-4.4.0-2]. */
    public Acknowledgement pubrecRefused(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBREC);
    }

    /** The log to which a packet identifier belongs; null if it belongs to the queue, or to nothing. */
    private @Nullable LogBacklog logOf(int packetId) {
        return logs == null || packetId <= window.identifiers() ? null : logs.of(packetId);
    }

    private Acknowledgement done(int packetId, InflightWindow.State expected) {
        LogBacklog log = logOf(packetId);
        if (log != null) {
            return log.done(packetId, expected);
        }
        long seq = window.seqOf(packetId);
        InflightWindow.State state = window.state(seq);
        if (state == expected) {
            window.move(seq, InflightWindow.State.DONE);
            backlog.acknowledged(seq);
            pump();
            return Acknowledgement.TAKEN;
        }
        return Acknowledgement.unexpected(state, expected);
    }

    /**
     * PUBREC: the release is stored, then PUBREL leaves. A repeated PUBREC is answered again.
     *
     * @return UNKNOWN if the packet identifier is not in use: the caller answers PUBREL with 0x92
     */
    public Acknowledgement pubrec(int packetId) {
        LogBacklog log = logOf(packetId);
        if (log != null) {
            return log.pubrec(packetId);
        }
        long seq = window.seqOf(packetId);
        switch (window.state(seq)) {
            case AWAITING_PUBREC -> {
                window.move(seq, InflightWindow.State.RELEASING);
                backlog.release(seq);
            }
            case AWAITING_PUBCOMP -> outlet.pubrel(packetId);
            case RELEASING -> {
                // PUBREL leaves when the store has the release
            }
            case AWAITING_PUBACK -> {
                return Acknowledgement.WRONG;
            }
            case DONE -> {
                return Acknowledgement.UNKNOWN;
            }
        }
        return Acknowledgement.TAKEN;
    }

    /** The release of a position is stored. */
    void released(long seq) {
        if (!isClosed && window.state(seq) == InflightWindow.State.RELEASING) {
            window.move(seq, InflightWindow.State.AWAITING_PUBCOMP);
            outlet.pubrel(window.packetId(seq)); // [MQTT-4.3.3-4]
        }
    }

    // ---- what others ask and tell the store about it

    /** How many exchanges of QoS 1 and 2 the client has not finished. */
    public int unfinished() {
        return window.outstanding() + (logs == null ? 0 : logs.outstanding());
    }

    /** The client's Receive Maximum. */
    public int receiveMaximum() {
        return window.capacity();
    }

    /** How many messages wait in this gateway's memory, those aside that the store has too. */
    public int waiting() {
        return backlog.waiting();
    }

    /** The sum of the bodies of the messages that {@link #waiting wait}, in bytes. */
    public long waitingBytes() {
        return backlog.waitingBytes();
    }

    /** The highest position that may have been sent. */
    public long sentMark() {
        return window.next() - 1;
    }

    /** The highest position that the session has heard of, sent or not. */
    public long highestSeq() {
        return backlog.highestSeq();
    }

    /** Ranges of positions below {@link #highestSeq} at which nothing was put, as far as the session knows. */
    public List<SeqRange> leftOut() {
        return backlog.leftOut();
    }

    /** Tells the store again what it acknowledged lately, and asks again for what it has refused. */
    public void tellAgain() {
        if (logs != null) {
            logs.tellAgain();
        }
        backlog.tellAgain();
    }

    // ---- the end

    /** Whether the connection has gone or has been taken over: nothing is delivered any more. */
    public boolean isClosed() {
        return isClosed;
    }

    /** Stops all delivery: the connection has gone, or a later one has taken the session over. */
    public void close() {
        isClosed = true;
        endSource();
    }

    /** How far the session has come in logs, as {@link #settle} has told the store; empty before that. */
    public List<LogCursor> lastCursors() {
        return logs == null ? List.of() : logs.last();
    }

    /** Has the store told of everything that is acknowledged. Done when the store has answered. */
    public CompletableFuture<@Nullable Void> settle() {
        CompletableFuture<@Nullable Void> settled = backlog.settle();
        return logs == null ? settled : settled.thenCombine(logs.settle(), (queue, cursors) -> null);
    }

    /**
     * Has other members take what came through shared subscriptions and was not acknowledged, unless a later connection has
     * the session.
     *
     * @param settled what {@link #settle} has answered: exceptionally if a later connection has the session
     * @param hasEnded whether the session ends with its connection
     */
    public void redistributeShared(CompletableFuture<?> settled, boolean hasEnded) {
        backlog.redistributeShared(settled, hasEnded);
    }

    /** Gives back what is held in memory for messages that have not been sent. Once. */
    public void letGo() {
        hasLetGo = true;
        if (logs != null) {
            logs.letGo();
        }
        backlog.letGo();
    }

    /** Whether {@link #letGo} has been called: nothing more is kept. */
    public boolean hasLetGo() {
        return hasLetGo;
    }
}
