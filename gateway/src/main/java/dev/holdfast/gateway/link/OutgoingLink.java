// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import dev.holdfast.store.cluster.InboxEntry;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A link over which this gateway sends entries to another one, the reader. On the loop of its wire, unless a method says otherwise. */
public final class OutgoingLink implements Acceptor, WireListener {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingLink.class);
    private static final int WELCOME_BYTES = LinkProof.GREETING.length + LinkProof.NONCE_BYTES;

    private final byte[] secret;
    private final long writer;
    private final Listener listener;
    private final byte[] nonce = LinkProof.random(LinkProof.NONCE_BYTES);
    private final Gathered gathered = new Gathered();
    private @Nullable Wire wire;
    private byte @Nullable [] expected;
    private boolean open;
    private boolean over;

    /** Hears what becomes of a link. */
    public interface Listener {
        /** Both ends have proved that they know the secret: entries may be sent. */
        void opened(OutgoingLink link);

        /** The other gateway has read every entry up to this number. */
        void acknowledged(OutgoingLink link, long number);

        /** The link has ended or could not be opened; in the latter case on any thread. */
        void closed(OutgoingLink link);
    }

    OutgoingLink(byte[] secret, long writer, Listener listener) {
        this.secret = secret;
        this.writer = writer;
        this.listener = listener;
    }

    /**
     * Sends an entry.
     *
     * @param awaited whether somebody waits for the acknowledgement; otherwise it comes within a second
     */
    public void send(InboxEntry entry, boolean awaited) {
        header(entry.body().length, awaited ? IncomingLink.WANTS_ANSWER : 0, entry.number());
        byte[] body = entry.body();
        if (wire != null) {
            wire.write(body, 0, body.length);
        }
    }

    /** Asks for an acknowledgement as soon as the reader has read every entry up to this number, by a link or by the inbox. */
    public void ask(long number) {
        header(0, IncomingLink.QUESTION, number);
    }

    /** Whether the kernel has taken all that was sent. To be asked after the flushes of the turn. */
    public boolean isFlushed() {
        return wire != null && wire.isOpen() && wire.pendingBytes() == 0;
    }

    /** Closes the link at once. The listener hears nothing more. */
    public void abort() {
        over = true;
        if (wire != null) {
            wire.abort();
        }
    }

    private void header(int length, int flags, long number) {
        if (wire != null) {
            byte[] bytes = ByteBuffer.allocate(IncomingLink.HEADER_BYTES)
                    .putInt(length)
                    .put((byte) flags)
                    .putLong(number)
                    .array();
            wire.write(bytes, 0, bytes.length);
        }
    }

    @Override
    public WireListener accepted(Wire connected) {
        wire = connected;
        if (over) {
            connected.abort();
        }
        return this;
    }

    @Override
    public void received(byte[] buffer, int offset, int length) {
        ByteBuffer in = gathered.with(buffer, offset, length);
        if (expected == null && in.remaining() >= WELCOME_BYTES && !introduce(in)) {
            return;
        }
        if (expected != null && !open && in.remaining() >= LinkProof.PROOF_BYTES) {
            byte[] given = new byte[LinkProof.PROOF_BYTES];
            in.get(given);
            if (!LinkProof.matches(given, expected)) {
                refuse("does not prove that it is the gateway that has invited this one");
                return;
            }
            open = true;
            listener.opened(this);
        }
        long read = -1;
        while (open && in.remaining() >= Long.BYTES) {
            read = in.getLong();
        }
        gathered.keep(in);
        if (read >= 0 && !over) {
            listener.acknowledged(this, read);
        }
    }

    /** Answers the reader's greeting with the proof; returns false if the greeting is not that of a gateway. */
    private boolean introduce(ByteBuffer in) {
        byte[] greeting = new byte[LinkProof.GREETING.length];
        in.get(greeting);
        if (!LinkProof.matches(greeting, LinkProof.GREETING)) {
            refuse("is no gateway");
            return false;
        }
        byte[] readersNonce = new byte[LinkProof.NONCE_BYTES];
        in.get(readersNonce);
        LinkProof proof = new LinkProof(readersNonce, nonce, writer);
        expected = proof.ofReader(secret);
        byte[] mine = ByteBuffer.allocate(WELCOME_BYTES + Long.BYTES + LinkProof.PROOF_BYTES)
                .put(LinkProof.GREETING)
                .put(nonce)
                .putLong(writer)
                .put(proof.ofWriter(secret))
                .array();
        if (wire != null) {
            wire.write(mine, 0, mine.length);
        }
        return true;
    }

    private void refuse(String why) {
        if (wire != null) {
            LOG.warn("{} {}: it is told through Redis", wire.peer().address(), why);
            wire.abort();
        }
    }

    @Override
    public void drained() {}

    @Override
    public void closed(CloseCause cause) {
        failed();
    }

    /** The connection could not be opened or has ended. Any thread. */
    void failed() {
        listener.closed(this);
    }

    @Override
    public void tick() {}
}
