// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.session.Assertion;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.StaleSessionException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a connection has got its session by, so that it can be told to the store once more: a store that is shared with
 * other gateways may lose its last writes, this attach among them. On the session's thread.
 */
final class SessionClaim {
    private final Session session;
    private final SessionStore store;
    private final AttachRequest attach;
    /** Whether the session began with that attach. */
    private final boolean isNew;

    private boolean isVerifying;
    /** Whether the store has not answered the last {@link #verify}. */
    private boolean isUnanswered;

    SessionClaim(Session session, SessionStore store, AttachRequest attach, boolean isNew) {
        this.session = session;
        this.store = store;
        this.attach = attach;
        this.isNew = isNew;
    }

    /**
     * Tells the store what is known of the session here. If the store has lost the session the connection ends.
     *
     * @param isFenced whether the store lets nothing else through meanwhile
     * @return done when the store has answered
     */
    CompletableFuture<?> reassert(boolean isFenced) {
        CompletableFuture<?> answered = tell(isFenced)
                .whenComplete((isPresent, failure) -> session.thread().execute(() -> {
                    if (failure != null && StaleSessionException.isCauseOf(failure)) {
                        session.overtaken();
                    } else if (failure != null) {
                        session.failed(failure);
                    } else if (!isPresent) {
                        session.lost();
                    }
                }))
                .toCompletableFuture();
        tellAgain();
        return answered;
    }

    private void tellAgain() {
        if (session.hasInbound()) {
            session.inbound().holdAgain();
        }
        session.outbound().tellAgain();
    }

    private CompletionStage<Boolean> tell(boolean isFenced) {
        SessionSlot slot = session.slot();
        Assertion assertion = new Assertion(
                attach,
                slot.isKept(),
                isNew,
                slot.born(),
                isFenced,
                session.outbound().highestSeq(),
                session.outbound().leftOut(),
                slot.isKept() ? slot.subscriptions() : List.of(),
                session.outbound().cursorNames(),
                session.outbound().identifiers(),
                session.hasInbound() ? session.inbound().packetIds() : Set.of());
        return store.reassert(session.ref(), assertion);
    }

    /**
     * Asks the store whether a later attach has the session, or nobody has it. If neither is so, the store had lost this
     * attach and knows it again: the session asks again for what the store has refused meanwhile.
     */
    void verify() {
        if (session.isClosed() || isVerifying) {
            return;
        }
        isVerifying = true;
        tell(false)
                .whenComplete((isPresent, failure) -> session.thread().execute(() -> {
                    isVerifying = false;
                    if (session.isClosed()) {
                        return;
                    }
                    if (failure != null && StaleSessionException.isCauseOf(failure)) {
                        session.overtaken();
                    } else if (failure != null) {
                        isUnanswered = true;
                    } else if (!isPresent) {
                        session.lost();
                    } else {
                        tellAgain();
                    }
                }));
    }

    /** Repeats a {@link #verify} that the store has not answered. */
    void verifyAgain() {
        if (isUnanswered) {
            isUnanswered = false;
            verify();
        }
    }
}
