// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.notes;

/** What {@link NoteWriter} and {@link NoteReader} have to agree upon. A note that is laid out otherwise is another kind of note. */
final class NoteLayout {
    /** The length of a text that is not there. */
    static final int ABSENT = -1;

    /** Of each byte of a variable-length number, how many bits are its own; the highest says that another byte follows. */
    static final int VARINT_BITS = 7;

    /** The bit that says so. */
    static final int VARINT_MORE = 0x80;

    /** In the flags of a message, of a target and of a subscription: the QoS. */
    static final int QOS = 0b11;

    /** In the flags of a message and of a target: RETAIN. */
    static final int RETAIN = 0b100;

    /** In the flags of a subscription: No Local. */
    static final int NO_LOCAL = 0b100;

    /** In the flags of a subscription: Retain As Published. */
    static final int RETAIN_AS_PUBLISHED = 0b1000;

    /** In the flags of a subscription: how far Retain Handling is shifted. */
    static final int RETAIN_HANDLING_SHIFT = 4;

    private NoteLayout() {}
}
