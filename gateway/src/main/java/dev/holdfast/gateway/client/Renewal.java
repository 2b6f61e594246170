// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

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
public final class Renewal {
    /** Answers the client. */
    public interface Answer {
        /** The token counts; so many subscriptions were dropped. */
        void accepted(int dropped);

        /**
         * The token does not count; the one before does, as long as it said.
         *
         * @param isUnknown whether nobody could judge it now
         */
        void refused(boolean isUnknown);
    }

    private final Client client;
    private final String where;
    private final Answer answer;

    private Renewal(Client client, String where, Answer answer) {
        this.client = client;
        this.where = where;
        this.answer = answer;
    }

    /**
     * Begins; everything else on the connection goes on meanwhile.
     *
     * @param where what brought the token, for the log: AUTH or PUBLISH
     */
    static void begin(Client client, Credentials credentials, String where, Answer answer) {
        Renewal renewal = new Renewal(client, where, answer);
        client.moveTo(Phase.REAUTHENTICATING);
        client.services()
                .authenticator()
                .authenticate(credentials)
                .whenComplete((verdict, failure) -> client.onThread(() -> renewal.judged(verdict, failure)));
    }

    private void judged(@Nullable Verdict verdict, @Nullable Throwable failure) {
        if (client.phase() != Phase.REAUTHENTICATING) {
            return;
        }
        client.moveTo(Phase.CONNECTED);
        if (verdict instanceof Verdict.Accepted accepted
                && accepted.identity().principal().equals(client.identity().principal())) {
            boolean isNews = client.renewed(accepted.identity());
            if (isNews) {
                apply(client, accepted.identity().permissions(), answer::accepted);
            } else {
                answer.accepted(0);
            }
        } else {
            answer.refused(noteRefusal(verdict, failure));
        }
        client.connection().renewalOver();
    }

    /** Counts and tells it; whether nobody could judge now. */
    private boolean noteRefusal(@Nullable Verdict verdict, @Nullable Throwable failure) {
        Admission admission = client.services().admission();
        if (failure != null) {
            admission.tokenRefused(client, where, Verdict.Refused.NOT_JUDGED);
            return true;
        } else if (verdict instanceof Verdict.Refused refused) {
            admission.tokenRefused(client, where, refused);
            return refused.kind() == Verdict.Kind.SERVER_UNAVAILABLE;
        }
        admission.tokenOfAnother(client, where);
        return false;
    }

    /** Has the permissions hold from now on: what they do not allow is dropped, then it goes on. */
    static void apply(Client client, Permissions permissions, IntConsumer then) {
        Session session = client.session();
        Rights.restrict(session, permissions);
        Rights.reconsiderWill(session, permissions);
        CompletableFuture<Integer> dropped = Rights.dropForbidden(client, session, permissions);
        client.whenStored(dropped, () -> {
            if (!session.isClosed()) {
                then.accept(dropped.join());
            }
        });
    }
}
