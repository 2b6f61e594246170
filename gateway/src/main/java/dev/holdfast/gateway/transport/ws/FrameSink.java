// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

/** What {@link FrameReader} finds. */
interface FrameSink {

    /** A piece of a data frame's payload, unmasked. */
    void payload(byte[] buffer, int offset, int length);

    /**
     * A piece of the payload of a compressed message, unmasked; perhaps an empty one.
     *
     * @param ends whether the message ends with it
     */
    void deflated(byte[] buffer, int offset, int length, boolean ends);

    /** Whether nothing more is to be read just now. */
    boolean isStopped();

    /** A whole ping. */
    void ping(byte[] buffer, int offset, int length);

    /** A whole pong. */
    void pong();

    /** A whole, valid close frame. The code is 1005 when the peer gave none. */
    void closeFrame(int code);

    /** The peer broke the rules. Nothing more is to be read. */
    void violation(int code, String reason);
}
