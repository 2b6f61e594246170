// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import java.util.concurrent.CompletableFuture;

/** Where an issuer's keys come from. All methods may be called on any thread, none blocks. */
public interface KeySource extends AutoCloseable {

    /** What became of a search for a key that {@link #current} did not have. */
    enum Search {
        /** The set may have changed: look again. */
        LOOK_AGAIN,
        /** There is no such key. */
        UNKNOWN,
        /** Nobody can say now. */
        UNAVAILABLE
    }

    /** The keys as of now; empty when there are none that may still be used. */
    KeySet current();

    /** Searches for a key that {@link #current} does not have. */
    CompletableFuture<Search> search(String kid);

    /**
     * Searches for another key under a name that {@link #current} has, after a signature that the one it has did not
     * make.
     *
     * @param used the keys that it was checked with
     */
    CompletableFuture<Search> searchAgain(KeySet used);

    /** Reads the keys again, soon. */
    void reload();

    @Override
    void close();
}
