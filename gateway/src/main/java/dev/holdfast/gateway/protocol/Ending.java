// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Client;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.client.Phase;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.protocol.rules.EndCauses;
import dev.holdfast.gateway.protocol.rules.Heed;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The end of one connection, whoever decides it: takes what still counts of the input, tells the client what its protocol
 * version has words for, has it leave its session, and closes the wire. On the connection's thread.
 */
final class Ending {
    private final Connection connection;
    /** Why the socket has gone, while what had come before is still being dealt with; null otherwise. */
    private @Nullable CloseCause gone;

    /** How many bytes of input are still being dealt with after the socket has gone. */
    private int lateBytes;

    Ending(Connection connection) {
        this.connection = connection;
    }

    /** See {@link Connection#end}. */
    void end(Outcome outcome, @Nullable String words) {
        Client client = connection.client();
        Input input = connection.input();
        boolean isLeft = connection.pacing().isPaused() || input.hasPublishesWaiting();
        if (client.isAccepted() && isLeft && !input.isHeardOut()) {
            input.hearOut(Heed.before(outcome, connection.tools().hasStoodStill()));
        }
        if (client.isOver()) {
            return;
        }
        cutLongPackets();
        ClientTrace trace = client.trace();
        if (trace != null) {
            trace.tell("ending", "reason", outcome.tag(), "code", TraceWords.code(outcome.v5Code()), "words", words);
        }
        byte[] farewell = Farewell.of(connection, outcome, words);
        if (farewell != null) {
            connection.tools().packets.sent((farewell[0] >> 4) & 0x0F);
            connection.wire().write(farewell, 0, farewell.length);
        }
        CompletableFuture<?> left = client.leave(outcome);
        CloseCode code = new CloseCode(outcome.webSocketCode(), outcome.reason());
        if (left.isDone()) {
            connection.wire().close(code);
        } else {
            left.whenComplete((nothing, failure) -> connection.thread().execute(() -> close(code)));
        }
        if (gone != null) {
            finish(gone);
        }
    }

    private void cutLongPackets() {
        try {
            connection.pacing().cutLongPackets();
        } catch (RuntimeException fault) {
            Client.LOG.error(
                    "{}: what the store has may not be routed",
                    connection.client().id(),
                    fault);
        }
    }

    private void close(CloseCode code) {
        if (connection.client().phase() == Phase.CLOSING) {
            connection.wire().close(code);
        }
    }

    /** There is no room for what this connection keeps of unfinished input: it ends. */
    void outOfRoom() {
        Client client = connection.client();
        if (client.isAccepted() && connection.pacing().isPaused()) {
            connection.input().hearOut(Heed.GOODBYE);
        }
        connection.input().letGo();
        if (client.phase() == Phase.AWAITING_CONNECT) {
            return; // a stranger is aborted, without the time that a farewell takes
        }
        connection.services().metrics().refused(Refused.UNFINISHED_PACKET);
        client.end(Outcome.OUT_OF_ROOM);
    }

    /** The socket has gone. */
    void closed(CloseCause cause) {
        if (connection.client().phase() != Phase.CLOSED && !outlives(cause)) {
            finish(cause);
        }
    }

    /**
     * Whether the socket has gone while its input is read slower, or waits for the verdict or the store: then all that had come is
     * dealt with as if the socket were there, and the end of the connection comes after it.
     */
    private boolean outlives(CloseCause cause) {
        Client client = connection.client();
        Input input = connection.input();
        boolean waits = client.phase() == Phase.AUTHENTICATING || client.isAccepted();
        if (!waits || !connection.pacing().isPaused() || !input.isLeft()) {
            return false;
        }
        boolean isOurs =
                cause == CloseCause.SHUTDOWN || cause == CloseCause.OUT_OF_ROOM || cause == CloseCause.LISTENER_FAILED;
        if (isOurs || !connection.tools().keepLate(input.heldBytes())) {
            if (!isOurs) {
                connection.services().metrics().refused(Refused.LATE_INPUT);
            }
            if (client.isAccepted()) {
                input.hearOut(
                        Heed.before(EndCauses.of(cause), connection.tools().hasStoodStill()));
            }
            return false;
        }
        lateBytes = input.heldBytes();
        gone = cause;
        return true;
    }

    /** All input has been taken: if the socket has gone meanwhile, the end of the connection comes now. */
    void inputTaken() {
        if (gone != null) {
            finish(gone);
        }
    }

    private void finish(CloseCause cause) {
        gone = null;
        if (lateBytes > 0) {
            connection.tools().lateIsOver(lateBytes);
            lateBytes = 0;
        }
        connection.input().finish();
        Client client = connection.client();
        if (client.phase() == Phase.CLOSED) {
            return;
        }
        cutLongPackets();
        Outcome outcome = EndCauses.of(cause);
        boolean isProbe = connection.input().isMute() && !outcome.isByServer();
        client.closed(isProbe ? null : outcome);
        connection
                .services()
                .metrics()
                .connectionClosed(connection.wire().peer().transport());
    }
}
