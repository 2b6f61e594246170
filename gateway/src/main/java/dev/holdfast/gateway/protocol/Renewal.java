// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.Permissions;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.session.Session;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A connected client shows a new token: it must be of the same principal; then its expiry and its permissions hold from
 * now on, and what they no longer allow is dropped. What becomes of a refusal is said by whoever began.
 */
final class Renewal {
    /** Answers the client. */
    interface Answer {
        /** The token counts; so many subscriptions were dropped. */
        void accepted(int dropped);

        /**
         * The token does not count; the one before does, as long as it said.
         *
         * @param isUnknown whether nobody could judge it now
         */
        void refused(boolean isUnknown);
    }

    private final Connection connection;
    private final String where;
    private final Answer answer;

    private Renewal(Connection connection, String where, Answer answer) {
        this.connection = connection;
        this.where = where;
        this.answer = answer;
    }

    /**
     * Begins; everything else on the connection goes on meanwhile.
     *
     * @param where what brought the token, for the log: AUTH or PUBLISH
     */
    static void begin(Connection connection, Credentials credentials, String where, Answer answer) {
        Renewal renewal = new Renewal(connection, where, answer);
        connection.moveTo(Phase.REAUTHENTICATING);
        connection.services().authenticator().authenticate(credentials).whenComplete((verdict, failure) -> {
            if (connection.tools().thread().isCurrent()) {
                connection.guard(() -> renewal.judged(verdict, failure)); // a stage would swallow a fault
            } else {
                connection.tools().thread().execute(() -> connection.guard(() -> renewal.judged(verdict, failure)));
            }
        });
    }

    private void judged(@Nullable Verdict verdict, @Nullable Throwable failure) {
        if (connection.phase() != Phase.REAUTHENTICATING) {
            return;
        }
        connection.moveTo(Phase.CONNECTED);
        if (verdict instanceof Verdict.Accepted accepted
                && accepted.identity().principal().equals(connection.identity().principal())) {
            boolean isNews = connection.renewed(accepted.identity());
            if (isNews) {
                apply(connection, accepted.identity().permissions(), answer::accepted);
            } else {
                answer.accepted(0);
            }
        } else {
            answer.refused(noteRefusal(verdict, failure));
        }
        connection.nextRenewal();
    }

    /** Counts and tells it; whether nobody could judge now. */
    private boolean noteRefusal(@Nullable Verdict verdict, @Nullable Throwable failure) {
        Admission admission = connection.services().admission();
        if (failure != null) {
            admission.tokenRefused(connection, where, Verdict.Refused.NOT_JUDGED);
            return true;
        } else if (verdict instanceof Verdict.Refused refused) {
            admission.tokenRefused(connection, where, refused);
            return refused.kind() == Verdict.Kind.SERVER_UNAVAILABLE;
        }
        admission.tokenOfAnother(connection, where);
        return false;
    }

    /** Has the permissions hold from now on: what they do not allow is dropped, then it goes on. */
    static void apply(Connection connection, Permissions permissions, IntConsumer then) {
        Session session = connection.session();
        Rights.restrict(session, permissions);
        Rights.reconsiderWill(session, permissions);
        CompletableFuture<Integer> dropped = Rights.dropForbidden(connection, session, permissions);
        connection.whenStored(dropped, () -> {
            if (!session.isClosed()) {
                then.accept(dropped.join());
            }
        });
    }
}
