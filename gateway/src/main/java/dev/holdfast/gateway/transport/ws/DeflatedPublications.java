// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.transport.socket.LoopLocal;
import dev.holdfast.store.Message;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * The last publication of one loop as a compressed frame, RFC 7692 section 7.2.1, so that a message with many subscribers is compressed
 * once. Each frame is compressed for itself. Of QoS 0 alone: the packets of the others differ by their identifiers. Used on the loop's thread
 * only.
 */
final class DeflatedPublications {
    static final LoopLocal<DeflatedPublications> OF_LOOP = new LoopLocal<>(loop -> new DeflatedPublications());

    /** A packet of so many bytes does not become smaller by much. */
    private static final int LEAST_BYTES = 128;
    /** A longer one would keep the I/O thread for more than a millisecond. */
    private static final int MOST_BYTES = 64 * 1024;

    private static final int PUBLISH_QOS_0 = 0x30;
    private static final int ALL_BUT_RETAIN = 0xFE;
    /** FIN, RSV1 and the opcode of a binary frame. */
    private static final int COMPRESSED_FRAME = 0xC2;

    private static final int LONGEST_HEADER = 10;
    /** What SYNC_FLUSH ends with, and a frame leaves out. */
    private static final int TAIL_BYTES = 4;

    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private byte[] scratch = new byte[1024];
    private byte @Nullable [] packet;
    private @Nullable Message message;
    private byte @Nullable [] frame;

    /**
     * The frame of a packet; always the same for the same packet. Null if it is to be sent as it is: it is short, very long, of another
     * kind, or would hardly become smaller.
     *
     * @param newPacket what stands before the payload, or the packet as a whole; it does not change any more
     */
    byte @Nullable [] of(byte[] newPacket, int headLength, Message newMessage) {
        if (packet == newPacket && message == newMessage) {
            return frame;
        }
        int length = headLength + newMessage.payloadLength();
        if ((newPacket[0] & ALL_BUT_RETAIN) != PUBLISH_QOS_0 || length < LEAST_BYTES || length > MOST_BYTES) {
            return null;
        }
        byte[] newFrame = compressed(newPacket, headLength, newMessage, length);
        packet = newPacket;
        message = newMessage;
        frame = newFrame;
        return newFrame;
    }

    private byte @Nullable [] compressed(byte[] head, int headLength, Message whole, int length) {
        int most = length - length / 8;
        int room = LONGEST_HEADER + most + TAIL_BYTES;
        if (scratch.length < room) {
            scratch = new byte[room];
        }
        deflater.reset();
        deflater.setInput(head, 0, headLength);
        int count = deflater.deflate(scratch, LONGEST_HEADER, room - LONGEST_HEADER, Deflater.NO_FLUSH);
        deflater.setInput(whole.body(), whole.payloadOffset(), whole.payloadLength());
        count += deflater.deflate(scratch, LONGEST_HEADER + count, room - LONGEST_HEADER - count, Deflater.SYNC_FLUSH);
        if (LONGEST_HEADER + count >= room) {
            return null; // it has filled all the room: it would not become an eighth smaller
        }
        int payload = count - TAIL_BYTES;
        int header = payload <= 125 ? 2 : 4;
        int from = LONGEST_HEADER - header;
        scratch[from] = (byte) COMPRESSED_FRAME;
        if (header == 2) {
            scratch[from + 1] = (byte) payload;
        } else {
            scratch[from + 1] = 126;
            scratch[from + 2] = (byte) (payload >>> 8);
            scratch[from + 3] = (byte) payload;
        }
        return Arrays.copyOfRange(scratch, from, LONGEST_HEADER + payload);
    }
}
