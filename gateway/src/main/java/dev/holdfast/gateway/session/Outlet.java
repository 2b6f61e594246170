// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.Message;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Where a session's packets leave: the connection, seen from the session. Called on the session's thread. */
public interface Outlet {

    /** Whether a further packet may be written, or too many bytes wait for the client already. */
    boolean hasRoom();

    /** The same for a message: a long one that nobody else has in memory may find no room where a short one does. */
    boolean hasRoomFor(Message message);

    /**
     * Writes a PUBLISH.
     *
     * @param packetId the packet identifier; ignored at QoS 0
     * @param dup whether it may have been sent before [MQTT-3.3.1-1]
     * @return false if the packet is larger than the client takes: it was not sent, and counts as delivered
     *     [MQTT-3.1.2-24], [MQTT-3.1.2-25]
     */
    boolean publish(Message message, int packetId, int qos, boolean retain, boolean dup, int[] subscriptionIdentifiers);

    /**
     * The client does not get a message that was its; for whoever traces it.
     *
     * @param message null where it is not known any more
     */
    void dropped(@Nullable Message message, Dropped cause);

    /** An operator traces clients, or traces them no more. */
    void retrace();

    /** Writes a PUBREL. */
    void pubrel(int packetId);

    /** A later connection has the client identifier: this one is to be closed [MQTT-3.1.4-3]. */
    void takenOver();

    /** An operator has ended the session: the connection is to be closed. */
    void kicked();

    /** An operator has the connection closed; the session stays. */
    void disconnected();

    /** An operator has the session kept for so long when the connection ends. */
    void keepFor(Duration expiry);

    /** What an operator may know of the connection. */
    ClientFacts facts();

    /** The gateway is going down: the connection is to be closed, with a word about it where there is one. */
    void shutDown();

    /** The store has lost this session: the connection is to be closed, so that its client learns of it. */
    void sessionLost();

    /** The store cannot serve this session: the connection is to be closed, nothing more is acknowledged. */
    void storeFailed();
}
