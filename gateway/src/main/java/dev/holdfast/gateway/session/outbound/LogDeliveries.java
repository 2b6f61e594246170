// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.LogEnds;
import dev.holdfast.store.session.LogCursor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one live session whose messages stand in logs, and what the store is told of their cursors. On the session's
 * thread.
 *
 * <p>One call with cursors is under way at a time: what changes meanwhile goes with the next one. A gateway that dies has not told of
 * at most {@link #TICKS_UNTOLD} seconds, or of half a window: at QoS 1 those messages come again.
 */
public final class LogDeliveries {
    /** The store is told of little after so many ticks. */
    private static final int TICKS_UNTOLD = 5;

    private final Outbound outbound;
    private final Logs logs;
    private final List<LogBacklog> backlogs = new ArrayList<>(1);
    /** The filters of subscriptions that are about to begin. */
    private final Set<String> beginning = new HashSet<>(0);

    private CompletableFuture<Boolean> underWay = CompletableFuture.completedFuture(true);
    private int turn;
    private int ticksUntold;
    private boolean isTelling;
    private boolean isTellingSoon;
    private List<LogCursor> last = List.of();
    /** Cursors of which the store may have been told, and of which it has not said that it has them. */
    private List<LogCursor> unsure = List.of();
    /** For how long the logs are to be kept. */
    private Duration expiry = Duration.ZERO;
    /** When the connection began. */
    private final long sinceMillis;

    /** A cursor that the store is told of. */
    private record Telling(LogBacklog backlog, LogCursor cursor) {}

    LogDeliveries(Outbound outbound, Logs logs) {
        this.outbound = outbound;
        this.logs = logs;
        this.sinceMillis = outbound.thread.nowMillis();
    }

    /** When the connection began, in ms since the epoch: what had arrived before has waited for it. */
    long sinceMillis() {
        return sinceMillis;
    }

    Logs logs() {
        return logs;
    }

    /** Goes on where the session's last connection has been. */
    void resume(List<LogCursor> cursors) {
        List<LogBacklog> resumed = cursors.stream().map(this::add).toList();
        resumed.forEach(LogBacklog::resume);
    }

    /** For how long the session outlives its connection: so long its logs are kept. */
    public void keepFor(Duration newExpiry) {
        expiry = newExpiry;
        for (LogBacklog backlog : backlogs) {
            logs.keep(backlog.subscription().filter(), expiry);
        }
    }

    private LogBacklog add(LogCursor cursor) {
        LogBacklog backlog = new LogBacklog(this, outbound, cursor);
        backlogs.add(backlog);
        return backlog;
    }

    // ---- subscriptions

    /** The subscription with this filter, or null. */
    public @Nullable Subscription subscription(String filter) {
        LogBacklog backlog = open(filter);
        return backlog == null ? null : backlog.subscription();
    }

    private @Nullable LogBacklog open(String filter) {
        for (LogBacklog backlog : backlogs) {
            if (backlog.isOpen() && backlog.subscription().filter().equals(filter)) {
                return backlog;
            }
        }
        return null;
    }

    /** All that go on. */
    public List<Subscription> subscriptions() {
        return backlogs.stream()
                .filter(LogBacklog::isOpen)
                .map(LogBacklog::subscription)
                .toList();
    }

    /** How many go on. */
    public int count() {
        int count = 0;
        for (LogBacklog backlog : backlogs) {
            count += backlog.isOpen() ? 1 : 0;
        }
        return count;
    }

    /**
     * Begins subscriptions, or replaces them: an older one with the same filter ends where the new one begins.
     *
     * @param subscriptions with different filters
     * @param keptFor for how long the session outlives its connection
     * @return whether the session can read logs; if not, nothing was changed. Done when the store has the cursors
     */
    public CompletableFuture<Boolean> begin(List<Subscription> subscriptions, Duration keptFor) {
        expiry = keptFor;
        subscriptions.forEach(each -> beginning.add(each.filter()));
        CompletableFuture<Boolean> begun = after(() -> beginNow(subscriptions, keptFor));
        begun.whenComplete((may, failure) ->
                outbound.onThread(() -> subscriptions.forEach(each -> beginning.remove(each.filter()))));
        return begun;
    }

    /** Does something when what was begun before is done: a SUBSCRIBE or UNSUBSCRIBE behind another one finds what that has made. */
    private CompletableFuture<Boolean> after(Supplier<CompletableFuture<Boolean>> next) {
        CompletableFuture<Boolean> done = underWay.isDone()
                ? next.get()
                : underWay.handle((may, failure) -> true).thenComposeAsync(nothing -> next.get(), outbound.thread);
        underWay = done;
        return done;
    }

    /** Whether a subscription with this filter is about to read the log. */
    public boolean isBeginning(String filter) {
        return beginning.contains(filter);
    }

    private CompletableFuture<Boolean> beginNow(List<Subscription> asked, Duration keptFor) {
        List<Subscription> subscriptions = asked.stream()
                .filter(each -> !each.equals(subscription(each.filter())))
                .toList();
        if (subscriptions.isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        List<CompletableFuture<LogEnds>> ends = subscriptions.stream()
                .map(each -> logs.begin(each.filter(), keptFor))
                .toList();
        CompletableFuture<Boolean> begun = new CompletableFuture<>();
        CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0])).whenComplete((nothing, failure) -> {
            outbound.onThread(() -> {
                if (failure != null) {
                    notBegun(subscriptions, begun, failure); // the session's own part of the store may be there
                } else {
                    begin(subscriptions, ends, begun);
                }
            });
        });
        return begun;
    }

    /**
     * Leaves subscriptions that cannot read logs to the queue; but not with one that reads its log already: it would get each message
     * from both.
     */
    private void notBegun(List<Subscription> subscriptions, CompletableFuture<Boolean> begun, Throwable why) {
        if (subscriptions.stream().anyMatch(each -> open(each.filter()) != null)) {
            begun.completeExceptionally(why);
        } else {
            begun.complete(false);
        }
    }

    private void begin(
            List<Subscription> subscriptions, List<CompletableFuture<LogEnds>> ends, CompletableFuture<Boolean> begun) {
        List<LogCursor> changed = new ArrayList<>();
        List<LogBacklog> ended = new ArrayList<>();
        BitSet taken = new BitSet();
        for (int i = 0; i < subscriptions.size(); i++) {
            Subscription subscription = subscriptions.get(i);
            LogBacklog before = open(subscription.filter());
            int slot = freeSlot(taken);
            if (slot < 0) {
                notBegun(subscriptions, begun, new IllegalStateException("all slots wait for acknowledgements"));
                return;
            }
            taken.set(slot);
            long next = ends.get(i).join().next();
            if (before != null) {
                before.sentBefore(next);
            }
            long first = before == null ? next : before.unsent();
            changed.add(LogCursor.beginning(slot, subscription, first));
            if (before != null) {
                ended.add(before);
            }
        }
        List<LogCursor> told = new ArrayList<>(changed);
        List<Telling> tellings = new ArrayList<>();
        for (LogBacklog backlog : ended) {
            backlog.end();
            tellings.add(new Telling(backlog, backlog.cursor(false)));
        }
        tellings.forEach(telling -> told.add(telling.cursor()));
        unsure = changed;
        outbound.services
                .store()
                .keepCursors(outbound.ref, told)
                .whenComplete((may, failure) -> outbound.onThread(() -> {
                    if (failure != null) {
                        ended.forEach(LogBacklog::doubt);
                        begun.completeExceptionally(failure);
                        return;
                    }
                    unsure = List.of();
                    if (!may) {
                        ended.forEach(LogBacklog::doubt);
                    }
                    if (may && !outbound.isClosed()) {
                        outbound.window.identifiers(LogCursor.QUEUE_IDENTIFIERS);
                        for (int i = 0; i < changed.size(); i++) {
                            add(changed.get(i)).begin(changed.get(i).first());
                        }
                        told(tellings, null);
                    }
                    begun.complete(may);
                }));
    }

    private int freeSlot(BitSet taken) {
        for (LogBacklog backlog : backlogs) {
            taken.set(backlog.slot());
        }
        int slot = taken.nextClearBit(0);
        return slot < LogCursor.SLOTS ? slot : -1;
    }

    /** Ends subscriptions, if they are there; done when the store knows. */
    public CompletableFuture<Boolean> end(List<String> filters) {
        return after(() -> endNow(filters));
    }

    private CompletableFuture<Boolean> endNow(List<String> filters) {
        for (String filter : filters) {
            LogBacklog backlog = open(filter);
            if (backlog != null) {
                backlog.end();
            }
        }
        List<Telling> tellings = dirty(false);
        if (tellings.isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        CompletableFuture<Boolean> told = tell(cursors(tellings));
        told.whenComplete((may, failure) -> outbound.onThread(() -> told(tellings, failure)));
        return told;
    }

    // ---- messages out

    /** Whether nothing waits in any log, as far as is known. */
    boolean isEmpty() {
        for (LogBacklog backlog : backlogs) {
            if (!backlog.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** Goes on in one of the logs, which take turns; answers whether there was something to do. */
    boolean sendNext() {
        int count = backlogs.size();
        for (int i = 0; i < count; i++) {
            turn = turn + 1 >= count ? 0 : turn + 1;
            LogBacklog backlog = backlogs.get(turn);
            if (!isBehindAnother(backlog) && backlog.sendNext()) {
                return true;
            }
        }
        return false;
    }

    private boolean isBehindAnother(LogBacklog backlog) {
        int count = backlogs.size();
        for (int i = 0; i < count && count > 1; i++) {
            if (backlog.isBehind(backlogs.get(i))) {
                return true;
            }
        }
        return false;
    }

    // ---- acknowledgements

    /** The log to which a packet identifier belongs, or null if there is none. */
    @Nullable
    LogBacklog of(int packetId) {
        int slot = LogCursor.slotOf(packetId);
        for (LogBacklog backlog : backlogs) {
            if (backlog.slot() == slot) {
                return backlog;
            }
        }
        return null;
    }

    /** How many exchanges are under way. */
    int outstanding() {
        int sum = 0;
        for (LogBacklog backlog : backlogs) {
            sum += backlog.outstanding();
        }
        return sum;
    }

    // ---- the cursors in the store

    /** Has the store told at the end of this turn. */
    void tellSoon() {
        if (!isTellingSoon) {
            isTellingSoon = true;
            outbound.thread.atTurnEnd(this::tell);
        }
    }

    private void tell() {
        isTellingSoon = false;
        if (isTelling || outbound.isClosed()) {
            return;
        }
        List<Telling> tellings = dirty(false);
        if (tellings.isEmpty()) {
            return;
        }
        isTelling = true;
        ticksUntold = 0;
        tell(cursors(tellings))
                .whenComplete((may, failure) -> outbound.onThread(() -> {
                    isTelling = false;
                    if (failure == null && !may) {
                        tellings.forEach(
                                telling -> telling.backlog().doubt()); // a store that has lost much: told again
                    } else {
                        told(tellings, failure);
                    }
                }));
    }

    private CompletableFuture<Boolean> tell(List<LogCursor> cursors) {
        return outbound.services.store().keepCursors(outbound.ref, cursors).toCompletableFuture();
    }

    private static List<LogCursor> cursors(List<Telling> tellings) {
        return tellings.stream().map(Telling::cursor).toList();
    }

    private List<Telling> dirty(boolean isLast) {
        List<Telling> tellings = new ArrayList<>();
        for (LogBacklog backlog : backlogs) {
            if (isLast || backlog.isDirty()) {
                tellings.add(new Telling(backlog, backlog.cursor(isLast)));
            }
        }
        return tellings;
    }

    private void told(List<Telling> tellings, @Nullable Throwable failure) {
        if (outbound.isClosed()) {
            return;
        }
        for (Telling telling : tellings) {
            if (failure == null) {
                telling.backlog().told(telling.cursor());
            } else {
                telling.backlog().doubt();
            }
        }
        if (failure != null) {
            outbound.failed(failure);
            return;
        }
        leaveOver();
        outbound.pump();
        if (backlogs.stream().anyMatch(LogBacklog::isUrgent)) {
            tellSoon();
        }
    }

    /** Gives slots back whose subscriptions have ended and of which the store knows. */
    private void leaveOver() {
        for (int i = backlogs.size() - 1; i >= 0; i--) {
            LogBacklog backlog = backlogs.get(i);
            if (backlog.isFree()) {
                backlogs.remove(i);
                backlog.leave();
            }
        }
    }

    /** About once a second. */
    void tick() {
        backlogs.forEach(LogBacklog::tick);
        keepFor(expiry);
        if (++ticksUntold >= TICKS_UNTOLD) {
            ticksUntold = 0;
            tellSoon();
        }
    }

    /** Tells a store that may have lost it how far the session has come. */
    void tellAgain() {
        backlogs.forEach(LogBacklog::doubt);
        tellSoon();
        keepFor(expiry);
    }

    /** Tells the store how far the session has come, for the last time: its connection has gone. */
    CompletableFuture<Boolean> settle() {
        List<Telling> tellings = dirty(true);
        // A subscription that has taken the place of another one may be in the store or not: the other one has ended.
        last = Stream.concat(cursors(tellings).stream(), unsure.stream()).toList();
        return tell(last);
    }

    /** Which cursors the session has, those included that the store may have been told of. */
    Set<LogCursor.Name> names() {
        Set<LogCursor.Name> names = new HashSet<>();
        backlogs.forEach(backlog -> names.add(
                new LogCursor.Name(backlog.slot(), backlog.subscription().filter())));
        unsure.forEach(cursor -> names.add(cursor.name()));
        return names;
    }

    /** What {@link #settle} has told; empty before that. */
    List<LogCursor> last() {
        return last;
    }

    /** Gives back what it holds. */
    void letGo() {
        backlogs.forEach(LogBacklog::leave);
        backlogs.clear();
    }
}
