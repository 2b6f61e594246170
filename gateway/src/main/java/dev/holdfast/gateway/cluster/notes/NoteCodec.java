// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.notes;

import dev.holdfast.gateway.link.LinkCard;
import dev.holdfast.store.Subscription;
import java.nio.BufferUnderflowException;
import org.jspecify.annotations.Nullable;

/** Notes as bytes: one byte for the kind, then the fields in the order of the record, which never change. */
public final class NoteCodec {
    private NoteCodec() {}

    /** The bytes of a note. */
    public static byte[] encode(Note note) {
        NoteWriter out = new NoteWriter();
        if (note instanceof Note.Subscribed one) {
            Subscription subscription = one.subscription();
            out.kind('K')
                    .text(one.from())
                    .text(one.clientId())
                    .number(one.born())
                    .number(one.epoch());
            int flags = subscription.qos()
                    | (subscription.noLocal() ? NoteLayout.NO_LOCAL : 0)
                    | (subscription.retainAsPublished() ? NoteLayout.RETAIN_AS_PUBLISHED : 0)
                    | subscription.retainHandling() << NoteLayout.RETAIN_HANDLING_SHIFT;
            out.text(subscription.filter()).small(flags).small(subscription.identifier());
        } else if (note instanceof Note.Unsubscribed one) {
            out.kind('k')
                    .text(one.from())
                    .text(one.clientId())
                    .number(one.epoch())
                    .text(one.filter());
        } else if (note instanceof Note.Ended one) {
            out.kind('x').text(one.clientId()).number(one.epoch());
        } else if (note instanceof Note.Doubted one) {
            out.kind('X').text(one.clientId());
        } else if (note instanceof Note.Resumed one) {
            out.kind('O').text(one.from()).text(one.clientId()).number(one.epoch());
        } else if (note instanceof Note.Left one) {
            out.kind('o').text(one.from()).text(one.clientId()).number(one.epoch());
        } else if (note instanceof Note.LogBegun one) {
            out.kind('N').text(one.filter());
        } else if (note instanceof Note.LogEnded one) {
            out.kind('V').text(one.filter());
        } else if (note instanceof Note.LogGrown one) {
            out.kind('n').text(one.filter()).number(one.index());
        } else if (note instanceof Note.Clean one) {
            out.kind('C').text(one.from()).text(one.filter()).small(one.count());
        } else if (note instanceof Note.Hello one) {
            out.kind('H').text(one.from());
        } else if (note instanceof Note.Invitation one) {
            LinkCard card = one.card();
            out.kind('I').text(one.from()).text(card.host()).small(card.port()).octets(card.secret());
        } else if (note instanceof Note.SnapshotBegins one) {
            out.kind('B').text(one.from());
        } else if (note instanceof Note.SnapshotEnds one) {
            out.kind('E').text(one.from());
        } else if (note instanceof Note.Barrier one) {
            out.kind('W').text(one.from()).number(one.number());
        } else if (note instanceof Note.Applied one) {
            out.kind('A').text(one.from()).number(one.number());
        } else if (note instanceof Note.Displaced one) {
            int flags = (one.kicked() ? 1 : 0) | (one.owesWill() ? 2 : 0);
            out.kind('T')
                    .text(one.from())
                    .text(one.clientId())
                    .number(one.epoch())
                    .small(flags);
        } else if (note instanceof Note.Over one) {
            out.kind('Z').text(one.clientId()).number(one.epoch());
        } else if (note instanceof Note.Asked one) {
            out.kind('Q').text(one.from()).number(one.number()).octets(one.question());
        } else if (note instanceof Note.Told one) {
            out.kind('q').number(one.number()).octets(one.answer());
        } else if (note instanceof Note.Publications one) {
            PublicationsWriter publications = new PublicationsWriter();
            one.all().forEach(each -> publications.add(each.message(), each.publisher()));
            return publications.note();
        } else if (note instanceof Note.Shared one) {
            out.kind('S')
                    .text(one.filter())
                    .text(one.publisher())
                    .small(one.hops())
                    .message(one.message());
        } else if (note instanceof Note.Queued one) {
            out.kind(one.dropped() ? 'L' : 'M')
                    .target(one.target())
                    .number(one.seq())
                    .message(one.message());
        } else if (note instanceof Note.Direct one) {
            out.kind('D').target(one.target()).small(one.hops()).message(one.message());
        }
        return out.bytes();
    }

    /**
     * Reads a note.
     *
     * @return null if the bytes are no note of this release
     */
    public static @Nullable Note decode(byte[] bytes) {
        try {
            return decode(new NoteReader(bytes));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable Note decode(NoteReader in) {
        return switch (in.kind()) {
            case 'K' -> new Note.Subscribed(in.text(), in.text(), in.number(), in.number(), subscription(in));
            case 'k' -> new Note.Unsubscribed(in.text(), in.text(), in.number(), in.text());
            case 'x' -> new Note.Ended(in.text(), in.number());
            case 'X' -> new Note.Doubted(in.text());
            case 'O' -> new Note.Resumed(in.text(), in.text(), in.number());
            case 'o' -> new Note.Left(in.text(), in.text(), in.number());
            case 'N' -> new Note.LogBegun(in.text());
            case 'V' -> new Note.LogEnded(in.text());
            case 'n' -> new Note.LogGrown(in.text(), in.number());
            case 'C' -> new Note.Clean(in.text(), in.text(), in.small());
            case 'H' -> new Note.Hello(in.text());
            case 'I' -> new Note.Invitation(in.text(), new LinkCard(in.text(), in.small(), in.rest()));
            case 'B' -> new Note.SnapshotBegins(in.text());
            case 'E' -> new Note.SnapshotEnds(in.text());
            case 'W' -> new Note.Barrier(in.text(), in.number());
            case 'A' -> new Note.Applied(in.text(), in.number());
            case 'T' -> displaced(in);
            case 'Q' -> new Note.Asked(in.text(), in.number(), in.rest());
            case 'q' -> new Note.Told(in.number(), in.rest());
            case 'Z' -> new Note.Over(in.text(), in.number());
            case PublicationsWriter.KIND -> new Note.Publications(PublicationsWriter.read(in));
            case 'S' -> new Note.Shared(in.text(), in.textOrNull(), in.small(), in.message());
            case 'M' -> new Note.Queued(in.target(), in.number(), in.message(), false);
            case 'L' -> new Note.Queued(in.target(), in.number(), in.message(), true);
            case 'D' -> new Note.Direct(in.target(), in.small(), in.message());
            default -> null;
        };
    }

    private static Note displaced(NoteReader in) {
        String from = in.text();
        String clientId = in.text();
        long epoch = in.number();
        int flags = in.small();
        return new Note.Displaced(from, clientId, epoch, (flags & 1) != 0, (flags & 2) != 0);
    }

    private static Subscription subscription(NoteReader in) {
        String filter = in.text();
        int flags = in.small();
        return new Subscription(
                filter,
                flags & NoteLayout.QOS,
                (flags & NoteLayout.NO_LOCAL) != 0,
                (flags & NoteLayout.RETAIN_AS_PUBLISHED) != 0,
                flags >> NoteLayout.RETAIN_HANDLING_SHIFT,
                in.small());
    }
}
