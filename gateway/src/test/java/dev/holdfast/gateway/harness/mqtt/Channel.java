// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.io.IOException;

/** A stream of bytes to the gateway and back. */
public interface Channel extends AutoCloseable {
    void write(byte[] bytes) throws IOException;

    /**
     * Reads what is there, waiting for at least one byte.
     *
     * @return how many bytes, or -1 when the gateway has closed
     */
    int read(byte[] buffer, int timeoutMillis) throws IOException;

    /** Ends it without a word: no DISCONNECT, no close frame. */
    @Override
    void close();
}
