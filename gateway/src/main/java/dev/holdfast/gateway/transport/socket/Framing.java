// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import java.nio.ByteBuffer;

/** How what is written with one call becomes what goes over the socket. Stateless. */
public interface Framing {

    /** No framing: the bytes as they are. */
    Framing NONE = new Framing() {
        @Override
        public int headerBytes(int payloadBytes) {
            return 0;
        }

        @Override
        public void header(ByteBuffer out, int payloadBytes) {}
    };

    /** How many bytes stand before a payload of this length. */
    int headerBytes(int payloadBytes);

    /** Writes those bytes at the position of a buffer that has room for them. */
    void header(ByteBuffer out, int payloadBytes);
}
