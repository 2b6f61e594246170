// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.Message;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The distribution of one message that takes longer than one turn of an I/O thread may last: its audience is large, or takes long to
 * find, or an earlier message of its topic is still being distributed. Slices run on the publisher's thread; deliveries to
 * sessions of other threads run in slices on those threads.
 */
final class Distribution {
    /** How many steps one slice takes: some 0.02 ms, and at most 1 ms in code that the JIT has not compiled yet. */
    private static final int STEPS = 512;

    private static final int LIVE = 64;
    private static final int KEPT = 16;
    private static final int GROUPS = 16;

    private final Router router;
    private final SessionThread here;
    private final Message message;
    private final @Nullable String publisher;
    private final boolean mayRepeat;
    private final boolean isFromElsewhere;
    private final Debtor debtor;
    private final Gathering gathering = new Gathering();
    /** How many threads have not finished their part; the publisher continues when none is left. */
    private final AtomicInteger working = new AtomicInteger(1);

    private @Nullable Audience audience;
    private boolean hasBegun;
    private int nextLive;
    private int nextKept;
    private int nextGroup;

    /**
     * A distribution that has not begun.
     *
     * @param isFromElsewhere whether another gateway published it: then only the clean sessions of this gateway get it from here
     * @param debtor who pays and waits for it
     */
    Distribution(
            Router router,
            SessionThread here,
            Message message,
            @Nullable String publisher,
            boolean mayRepeat,
            boolean isFromElsewhere,
            Debtor debtor) {
        this.router = router;
        this.here = here;
        this.message = message;
        this.publisher = publisher;
        this.mayRepeat = mayRepeat;
        this.isFromElsewhere = isFromElsewhere;
        this.debtor = debtor;
    }

    /** The thread whose slices these are. */
    SessionThread here() {
        return here;
    }

    String topic() {
        return message.topic();
    }

    /** Completes when every queue that must have the message has it, with whether anybody subscribes to its topic. */
    CompletableFuture<Boolean> done() {
        return gathering.all();
    }

    /** Runs the next slice on this thread; returns whether it was the last one here. */
    boolean step() {
        try {
            return next();
        } catch (RuntimeException fault) {
            gathering.add(CompletableFuture.failedFuture(fault));
            gathering.close();
            workDone();
            throw fault;
        }
    }

    private boolean next() {
        Audience to = audience;
        if (to == null) {
            audience = router.audiences(here).find(message.topic(), STEPS, debtor);
            return false;
        }
        if (!hasBegun) {
            hasBegun = true;
            begin(to);
        }
        if (!goOn(to)) {
            return false;
        }
        gathering.close();
        workDone();
        return true;
    }

    private void begin(Audience to) {
        Member[][] live = to.live();
        for (int i = 0; i < live.length; i++) {
            if (live[i].length > 0) {
                gathering.somebody();
                if (i != here.index()) {
                    working.incrementAndGet();
                    router.live().cross(i, live[i], message, publisher, this::workDone);
                }
            }
        }
        if (!isFromElsewhere && to.logs().length > 0) {
            gathering.add(router.logs().append(to.logs(), message, publisher, mayRepeat));
        }
        if (!isFromElsewhere && to.gateways().length > 0) {
            gathering.somebody();
            CompletableFuture<?> forwarded = router.forward(here, to.gateways(), message, publisher);
            if (message.qos() > 0) {
                gathering.add(forwarded.thenApply(nothing -> true));
            }
        }
    }

    /** Delivers to some more members of the audience; returns whether none is left. */
    private boolean goOn(Audience to) {
        Member[] live = to.live()[here.index()];
        int kept = isFromElsewhere ? 0 : to.kept().length;
        int groups = isFromElsewhere ? 0 : to.groups().length;
        if (nextLive < live.length) {
            int end = Math.min(nextLive + LIVE, live.length);
            router.live().deliver(live, nextLive, end, message, publisher);
            nextLive = end;
        } else if (nextKept < kept) {
            int end = Math.min(nextKept + KEPT, kept);
            gathering.add(
                    router.queue(Arrays.copyOfRange(to.kept(), nextKept, end), message, publisher, mayRepeat, debtor));
            nextKept = end;
        } else {
            int end = Math.min(nextGroup + GROUPS, groups);
            for (; nextGroup < end; nextGroup++) {
                gathering.add(router.share(to.groups()[nextGroup], message, publisher, mayRepeat));
            }
        }
        return nextLive == live.length && nextKept == kept && nextGroup == groups;
    }

    /** A thread has done its part. */
    private void workDone() {
        if (working.decrementAndGet() > 0) {
            return;
        }
        here.run(debtor::done);
    }
}
