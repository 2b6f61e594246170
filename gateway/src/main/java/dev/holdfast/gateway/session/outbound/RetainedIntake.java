// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.Message;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes the retained messages of new subscriptions for one session, at the pace of its client. On the session's thread. */
public interface RetainedIntake {
    /** Whether a retained message with this QoS may be delivered now. */
    boolean takesRetained(int qos);

    /** Whether so much waits for the client that retained messages are to wait until it is less. */
    boolean isFarBehind();

    /** Calls back with each message that waits in memory, unless the session {@link #isFarBehind is far behind}. */
    void forEachUnsent(Consumer<Message> visitor);

    /** The place behind all messages that wait in memory now; null if none does. */
    @Nullable
    PlaceInQueue placeBehindUnsent();

    /**
     * Delivers a retained message to a session that {@link #takesRetained takes} it.
     *
     * @param copy asked whether it is still to be sent when its turn comes
     * @return whether the session has it; if not, the queue has no room for it now. Never exceptionally: a store that fails
     *     ends the connection
     */
    CompletionStage<Boolean> deliverRetained(
            Message message, int qos, int[] subscriptionIdentifiers, RetainedCopy copy);
}
