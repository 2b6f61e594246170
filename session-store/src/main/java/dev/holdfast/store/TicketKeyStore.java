// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The keys of TLS tickets, which all gateways of a store share: a client that was connected to one of them resumes at another. The
 * store makes no keys, it is brought them, and takes one when a new one is due.
 */
public interface TicketKeyStore extends AutoCloseable {

    /**
     * The keys that hold, the newest first; at least one. If none is younger than {@link Life#renewedAfter}, the one that is brought is
     * taken and is the first.
     *
     * @param fresh {@value TicketKey#LENGTH} random bytes; two callers may bring one at the same time, and one is taken
     */
    CompletionStage<List<TicketKey>> keys(byte[] fresh);

    /** Gives up what the store holds of this process. */
    @Override
    void close();

    /**
     * How long keys last.
     *
     * @param renewedAfter the age of the newest key at which another one is due
     * @param keptFor the age at which a key is forgotten
     */
    record Life(Duration renewedAfter, Duration keptFor) {
        /** A new key every four hours; each is known for twelve, so that a phone resumes in the evening what it began at noon. */
        public static final Life DEFAULT = new Life(Duration.ofHours(4), Duration.ofHours(12));
    }
}
