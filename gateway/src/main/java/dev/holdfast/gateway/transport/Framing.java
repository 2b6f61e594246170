// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import java.nio.ByteBuffer;

/** How the bytes of one chunk become what goes over the socket. Stateless. */
public interface Framing {

    /** No framing: the bytes as they are. */
    Framing NONE = new Framing() {
        @Override
        public int reserved() {
            return 0;
        }

        @Override
        public int header(ByteBuffer chunk, int payloadBytes) {
            return 0;
        }
    };

    /** The bytes to keep free at the head of each chunk. */
    int reserved();

    /**
     * Writes the header for a payload that begins at {@link #reserved()}, so that it ends there.
     *
     * @return the header's length, at most {@link #reserved()}; 0 means that the chunk may still grow
     */
    int header(ByteBuffer chunk, int payloadBytes);
}
