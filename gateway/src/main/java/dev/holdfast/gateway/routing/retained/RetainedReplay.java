// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.outbound.PacedSource;
import dev.holdfast.gateway.session.outbound.PlaceInQueue;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.Subscription;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages of one session's new subscriptions on their way to it, a page at a time. No more leave than the
 * client takes at once, and none is given up for want of room in the session's queue: one that finds none waits until
 * the client has acknowledged what it has. A page that the store cannot give is asked for again.
 *
 * <p>After a newer message of a topic nothing older of it is sent. What the session is given from the moment in which the
 * topics of a page are chosen overtakes what the store has for them. Before the page is read, {@link Fence} makes sure
 * that the store has whatever the session was given before; before it is handed over, that the session has been given
 * whatever the store was ahead of.
 */
final class RetainedReplay implements PacedSource {
    private static final int SMALLEST_PAGE = 32;
    private static final int LARGEST_PAGE = 128;
    /** After a page that held at most this many bytes, the next page has twice as many messages: each page costs one round trip. */
    private static final int SMALL_PAGE_BYTES = 32 * 1024;

    /** How many steps a search for topics takes at once: some 0.02 ms. */
    private static final int STEPS_AT_ONCE = 512;

    private static final int NONE_LAPSED = -1;
    private static final int MOST_REFUSALS = 10;
    private static final long REFUSED_MILLIS = 20;
    /** How many entries {@link #heard} has at most: some 50 KB for one session. */
    private static final int MOST_HEARD = 512;

    private final RetainedStore store;
    private final Metrics metrics;
    private final Session session;
    private final Fence fence;
    private final Predicate<String> isRetained;
    private final Debtor debtor;
    private final PageMemory memory;
    private final RetainedRequests requests = new RetainedRequests();
    private int pageSize = SMALLEST_PAGE;

    private RetainedPage page;
    /** The page whose topics are being searched for; null if none is. */
    private @Nullable RetainedPage choosing;
    /** A page whose topics are known; it is read when the page before it has been handed over. */
    private @Nullable RetainedPage following;
    /** Items that have been handed over to the session and may not have been sent. */
    private final ArrayDeque<RetainedItem> outstanding = new ArrayDeque<>(0);

    private boolean busy;
    private boolean closed;
    /** The store has just failed, or the messages of the page do not fit into memory. */
    private boolean justFailed;

    private boolean queueIsFull;
    /** Whether something has been handed over, or has come, since the last tick. */
    private boolean hasMoved;
    /** The QoS for which the client has to make room before anything is read again that it has not taken. */
    private int lapsedQos = NONE_LAPSED;
    /** How often the queue has refused one though nothing in it is owed: acknowledgements reach the store a little later. */
    private int refusals;

    private long againAtMillis;

    /** Messages that came while the topics of a page were not read yet, and that were not retained: the store does not have them. */
    private final Map<Heard, MessageId> heard = new LinkedHashMap<>(0);

    /** A message of a topic came from the publisher with this mark. */
    private record Heard(String topic, short publisherMark) {}

    /**
     * A replay of nothing yet.
     *
     * @param isRetained whether a topic has a retained message
     * @param debtor pays for the search for topics
     * @param memory is charged for what is on its way
     */
    RetainedReplay(
            RetainedStore store,
            Metrics metrics,
            Session session,
            Fence fence,
            Predicate<String> isRetained,
            Debtor debtor,
            PageMemory memory) {
        this.isRetained = isRetained;
        this.debtor = debtor;
        this.memory = memory;
        this.page = new RetainedPage(memory);
        this.store = store;
        this.metrics = metrics;
        this.session = session;
        this.fence = fence;
    }

    /**
     * Adds a subscription behind the others. Items that wait for an earlier subscription with the same filter are dropped.
     *
     * @param matching the topics that match, asked for when its turn comes
     */
    void add(Subscription wanted, Supplier<RetainedTopics> matching) {
        unsubscribed(wanted.filter());
        requests.add(wanted, matching);
    }

    @Override
    public Rest next() {
        while (!outstanding.isEmpty() && outstanding.element().hasLeft()) {
            outstanding.remove();
        }
        queueIsFull &= isRoomToCome();
        if (queueIsFull || session.thread().nowMillis() < againAtMillis) {
            return Rest.WAITING; // until an acknowledgement comes, or the session's next tick
        }
        RetainedItem item = page.peek();
        while (item == null && !busy) {
            if (justFailed || session.outbound().retained().isFarBehind() || isStillLapsed()) {
                justFailed = false; // asked for again at the session's next tick
                return Rest.WAITING;
            }
            if (page.isReady() || page.size() == 0) {
                turnPage();
                if (busy) {
                    return Rest.WAITING;
                }
                if (page.size() == 0 && !requests.areLeft()) {
                    return outstanding.isEmpty() ? Rest.NONE : Rest.WAITING;
                }
            }
            advance();
            item = page.peek();
        }
        Message message = item == null ? null : item.message();
        if (item == null
                || message == null
                || item.isBehindOlder()
                || !session.outbound().retained().takesRetained(item.qosOf(message))) {
            return Rest.WAITING;
        }
        page.remove();
        hasMoved = true;
        handOver(item, message);
        return Rest.HANDED_OVER;
    }

    private boolean isStillLapsed() {
        if (lapsedQos != NONE_LAPSED && session.outbound().retained().takesRetained(lapsedQos)) {
            lapsedQos = NONE_LAPSED;
        }
        return lapsedQos != NONE_LAPSED;
    }

    /**
     * Lets go of a page that the client does not take while memory is short. Its topics are read once more when it takes messages
     * again: whoever takes none may go on like that for ever.
     */
    @Override
    public void tick() {
        RetainedItem first = page.peek();
        if (hasMoved || first == null || first.message() == null || !page.isTooMuch()) {
            hasMoved = false;
            return;
        }
        lapsedQos = first.qosOf(first.message());
        for (RetainedItem item : page.left()) {
            if (!item.isOvertaken() && item.message() != null) {
                requests.addAgain(item.subscription(), item.topic());
            }
        }
        // Nothing may be put back into a page that is not the next one: the topics of the next one would be forgotten.
        RetainedPage next = following == null ? new RetainedPage(memory) : following;
        following = null;
        turnTo(next);
    }

    private void turnPage() {
        RetainedPage chosen = following;
        following = null;
        if (chosen != null) {
            turnTo(chosen);
        } else {
            busy = true;
            choose(first -> {
                turnTo(first);
                busy = false;
            });
        }
    }

    private void turnTo(RetainedPage next) {
        page.ends();
        page = next;
    }

    /** Takes the page one step on: the fence, the store, the fence. */
    private void advance() {
        if (!page.isFenced()) {
            RetainedPage fenced = page;
            busy = true;
            then(fence.passed(session.thread()), (nothing, failure) -> {
                fenced.fenced();
                busy = false;
            });
        } else if (!page.isRead()) {
            read(page);
        }
    }

    private void read(RetainedPage asked) {
        List<String> unread = asked.unread();
        long reserved = memory.reserve(memory.fit(unread.size()));
        if (reserved < 0) {
            justFailed = true;
            return;
        }
        busy = true;
        then(store.find(unread), (messages, failure) -> {
            memory.answered(reserved);
            if (closed) {
                return;
            }
            if (messages == null) {
                metrics.storeError(StoreOperation.RETAINED);
                justFailed = true;
                busy = false;
                return;
            }
            asked.found(messages.stream().filter(this::isUnheard).toList());
            long bytes = messages.stream().mapToLong(Message::size).sum();
            pageSize = bytes > SMALL_PAGE_BYTES ? SMALLEST_PAGE : Math.min(LARGEST_PAGE, 2 * pageSize);
            choose(chosen -> {
                following = chosen;
                then(fence.passed(session.thread()), (nothing, late) -> {
                    chosen.fenced();
                    asked.ready();
                    hasMoved = true;
                    busy = false;
                });
            });
        });
    }

    private boolean isUnheard(Message retained) {
        MessageId last = heard.get(new Heard(retained.topic(), retained.id().publisherMark()));
        return last == null || last.isBefore(retained.id());
    }

    /**
     * Chooses the next topics: at once if they are found in a moment, and else by and by, while the thread serves others. What
     * comes of a topic from the moment on in which it is found is noticed.
     */
    private void choose(Consumer<RetainedPage> then) {
        RetainedPage chosen = new RetainedPage(memory);
        choosing = chosen;
        int most = memory.fit(pageSize);
        if (requests.fill(chosen, most, STEPS_AT_ONCE, debtor)) {
            chosen(chosen, then);
            return;
        }
        session.thread().gradually(debtor, () -> {
            if (session.isClosed()) {
                return true;
            }
            if (!requests.fill(chosen, most, STEPS_AT_ONCE, debtor)) {
                return false;
            }
            chosen(chosen, then);
            session.outbound().pump();
            return true;
        });
    }

    private void chosen(RetainedPage chosen, Consumer<RetainedPage> then) {
        choosing = null;
        if (chosen.size() > 0) {
            PlaceInQueue end = session.outbound().retained().placeBehindUnsent();
            session.outbound()
                    .retained()
                    .forEachUnsent(message -> chosen.of(message.topic(), item -> item.comesAfter(message, end)));
        }
        then.accept(chosen);
    }

    private void handOver(RetainedItem item, Message message) {
        // RETAIN = 1 says that the message was retained, whatever Retain As Published is [MQTT-3.3.1-8].
        boolean isAlone = !isRoomToCome();
        CompletionStage<Boolean> taken =
                session.outbound().retained().deliverRetained(message, item.qosOf(message), item.identifiers(), item);
        if (!item.hasLeft()) {
            outstanding.add(item);
        }
        then(taken, (has, failure) -> {
            if (Boolean.FALSE.equals(has)) {
                outstanding.remove(item);
                refused(item, message, isAlone);
            } else {
                refusals = 0;
            }
        });
    }

    private void refused(RetainedItem item, Message message, boolean wasAlone) {
        queueIsFull = isRoomToCome();
        if (queueIsFull || !wasAlone) {
            page.putBack(item);
        } else if (session.outbound().mayEverQueue(message) && refusals < MOST_REFUSALS) {
            refusals++;
            againAtMillis = session.thread().nowMillis() + REFUSED_MILLIS;
            page.putBack(item);
        } else {
            refusals = 0;
            metrics.dropped(Dropped.QUEUE_FULL); // it alone is too much
        }
    }

    /** Whether an acknowledgement that is owed will make room in the session's queue. */
    private boolean isRoomToCome() {
        return session.outbound().isOwed() || !outstanding.isEmpty();
    }

    @Override
    public void close() {
        closed = true;
        page.ends();
        if (following != null) {
            following.ends();
        }
        if (choosing != null) {
            choosing.ends();
        }
    }

    // ---- what happens meanwhile

    @Override
    public void overtakenBy(Message newer) {
        ofPages(newer.topic(), (page, item) -> {
            if (page.isFenced()) {
                item.overtakenBy(newer);
            } else {
                item.comesAfter(newer, session.outbound().retained().placeBehindUnsent());
            }
        });
        ofOutstanding(newer.topic(), item -> item.overtakenBy(newer));
        if (!newer.isRetain() && isRetained.test(newer.topic())) {
            hear(new Heard(newer.topic(), newer.id().publisherMark()), newer.id());
        }
    }

    private void hear(Heard newest, MessageId id) {
        heard.remove(newest);
        heard.put(newest, id);
        if (heard.size() > MOST_HEARD) {
            Iterator<Heard> oldest = heard.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    @Override
    public void missed(Message newer) {
        ofPages(newer.topic(), (page, item) -> readAgain(item));
        ofOutstanding(newer.topic(), this::readAgain);
    }

    private void readAgain(RetainedItem item) {
        if (!item.isOvertaken()) {
            item.withdraw();
            requests.addAgain(item.subscription(), item.topic());
        }
    }

    private void ofPages(String topic, BiConsumer<RetainedPage, RetainedItem> visitor) {
        for (RetainedPage each : new RetainedPage[] {page, following, choosing}) {
            if (each != null) {
                each.of(topic, item -> visitor.accept(each, item));
            }
        }
    }

    private void ofOutstanding(String topic, Consumer<RetainedItem> visitor) {
        for (RetainedItem item : outstanding) {
            if (item.topic().equals(topic)) {
                visitor.accept(item);
            }
        }
    }

    @Override
    public void unsubscribed(String filter) {
        requests.remove(filter);
        page.remove(filter);
        if (following != null) {
            following.remove(filter);
        }
        if (choosing != null) {
            choosing.remove(filter);
        }
        for (RetainedItem item : outstanding) {
            if (item.subscription().filter().equals(filter)) {
                item.withdraw();
            }
        }
    }

    /** What an answer brings. */
    @FunctionalInterface
    private interface Answered<T> {
        /** One of the two is there. */
        void with(@Nullable T result, @Nullable Throwable failure);
    }

    /** On the session's thread, at once if that is where and when the answer is there; then the session is pumped. */
    private <T extends @Nullable Object> void then(CompletionStage<T> stage, Answered<T> answered) {
        stage.whenComplete((result, failure) -> session.thread().run(() -> {
            answered.with(result, failure);
            session.outbound().pump();
        }));
    }
}
