// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

/** What {@link FrameReader} finds. */
interface FrameSink {

    /** A piece of a data frame's payload, unmasked. */
    void payload(byte[] buffer, int offset, int length);

    /** A whole ping. */
    void ping(byte[] buffer, int offset, int length);

    /** A whole pong. */
    void pong();

    /** A whole, valid close frame. The code is 1005 when the peer gave none. */
    void closeFrame(int code);

    /** The peer broke the rules. Nothing more is to be read. */
    void violation(int code, String reason);
}
