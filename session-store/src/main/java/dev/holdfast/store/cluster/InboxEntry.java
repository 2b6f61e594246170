// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.cluster;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Some notes of one writer, as they travel to a gateway's {@link Inbox}: numbered, so that its reader leaves out what comes
 * again and sees what it has missed.
 *
 * @param writer who tells it; another one for each gateway that is told
 * @param number its place among the entries of the writer, from 1 on
 * @param body the notes, each behind its length; not to be changed
 */
public record InboxEntry(long writer, long number, byte[] body) {
    /** An entry of some notes. */
    public static InboxEntry of(long writer, long number, List<byte[]> notes) {
        int size = 0;
        for (byte[] note : notes) {
            size += Integer.BYTES + note.length;
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        for (byte[] note : notes) {
            all.putInt(note.length).put(note);
        }
        return new InboxEntry(writer, number, all.array());
    }

    /**
     * The notes, in their order.
     *
     * @throws IllegalArgumentException when the body is none that {@link #of} has made
     */
    public List<byte[]> notes() {
        List<byte[]> notes = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(body);
        while (in.hasRemaining()) {
            int length = in.remaining() < Integer.BYTES ? -1 : in.getInt();
            if (length < 0 || length > in.remaining()) {
                throw new IllegalArgumentException("an entry that is cut off");
            }
            byte[] note = new byte[length];
            in.get(note);
            notes.add(note);
        }
        return notes;
    }
}
