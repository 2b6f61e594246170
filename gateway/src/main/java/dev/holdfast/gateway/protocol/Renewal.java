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
 * now on, and what they no longer allow is dropped. One that is refused closes the connection [MQTT-4.12.1-2].
 */
final class Renewal {
    private final Connection connection;
    private final IntConsumer answer;

    private Renewal(Connection connection, IntConsumer answer) {
        this.connection = connection;
        this.answer = answer;
    }

    /**
     * Begins; everything else on the connection goes on meanwhile.
     *
     * @param answer tells the client, and is given how many subscriptions were dropped
     */
    static void begin(Connection connection, Credentials credentials, IntConsumer answer) {
        Renewal renewal = new Renewal(connection, answer);
        connection.moveTo(Phase.REAUTHENTICATING);
        connection.services().authenticator().authenticate(credentials).whenComplete((verdict, failure) -> {
            if (connection.tools().thread().isCurrent()) {
                renewal.judged(verdict, failure);
            } else {
                connection.tools().thread().execute(() -> connection.guard(() -> renewal.judged(verdict, failure)));
            }
        });
    }

    private void judged(@Nullable Verdict verdict, @Nullable Throwable failure) {
        if (connection.phase() != Phase.REAUTHENTICATING) {
            return;
        }
        if (verdict instanceof Verdict.Accepted accepted
                && accepted.identity().principal().equals(connection.identity().principal())) {
            connection.renewed(accepted.identity());
            apply(connection.session(), accepted.identity().permissions());
            return;
        }
        boolean unknown = failure != null;
        if (verdict instanceof Verdict.Refused refused) {
            connection.services().metrics().tokenRejected(refused.why());
            unknown = refused.kind() == Verdict.Kind.SERVER_UNAVAILABLE;
        } else if (!unknown) {
            connection.services().metrics().tokenRejected("other-principal");
        }
        if (!unknown) {
            connection.services().admission().failedLogin(connection);
        }
        connection.end(unknown ? Outcome.SERVER_BUSY : Outcome.NOT_AUTHORIZED);
    }

    private void apply(Session session, Permissions permissions) {
        Rights.restrict(session, permissions);
        Rights.reconsiderWill(session, permissions);
        CompletableFuture<Integer> dropped = Rights.dropForbidden(connection, session, permissions);
        connection.whenStored(dropped, () -> {
            if (!session.isClosed()) {
                answer.accept(dropped.join());
            }
        });
    }
}
