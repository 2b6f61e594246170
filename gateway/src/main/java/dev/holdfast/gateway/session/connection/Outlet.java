// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.connection;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.Message;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A client's connection, as its session sees it: where the session's packets leave. Called on the session's thread. */
public interface Outlet {

    /** Whether a further packet may be written; if not, too many bytes wait for the client. */
    boolean hasRoom();

    /** The same for one message: a long message that is in memory nowhere else may find no room where a short one does. */
    boolean hasRoomFor(Message message);

    /**
     * Writes a PUBLISH.
     *
     * @param packetId the packet identifier; ignored at QoS 0
     * @param dup whether the packet may have been sent before [MQTT-3.3.1-1]
     * @return false if the packet is larger than the client takes: then it was not sent, and counts as delivered
     *     [MQTT-3.1.2-24], [MQTT-3.1.2-25]
     */
    boolean publish(Message message, int packetId, int qos, boolean retain, boolean dup, int[] subscriptionIdentifiers);

    /**
     * The client does not get a message that was to be sent to it. Told to the trace of the client, if there is one.
     *
     * @param message null where it is not known any more
     */
    void dropped(@Nullable Message message, Dropped cause);

    /** An operator traces clients, or traces them no more. */
    void retrace();

    /** Writes a PUBREL. */
    void pubrel(int packetId);

    /** A later connection has taken the session: this connection is to be closed [MQTT-3.1.4-3]. */
    void takenOver();

    /** An operator has ended the session: the connection is to be closed. */
    void kicked();

    /** An operator closes the connection; the session stays. */
    void disconnected();

    /** An operator has changed how long the session is kept after the connection has ended. */
    void keepFor(Duration expiry);

    /** What an operator may know of the connection. */
    ClientFacts facts();

    /** The gateway goes down: the connection is to be closed, and the client told if its protocol has a word for it. */
    void shutDown();

    /** The client is to come back to another gateway, which has fewer: the connection is to be closed, with a word about it. */
    void moved();

    /** The store has lost the session: the connection is to be closed, so that the client learns of it. */
    void sessionLost();

    /** The store cannot serve the session: the connection is to be closed, and nothing more is acknowledged. */
    void storeFailed();
}
