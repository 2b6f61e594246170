// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import dev.holdfast.store.cluster.InboxEntry;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A link over which another gateway, the writer, sends entries to this one. On the loop of its wire, unless a method says otherwise. */
public final class IncomingLink implements WireListener {
    static final int WANTS_ANSWER = 1;
    static final int QUESTION = 2;
    static final int HEADER_BYTES = Integer.BYTES + 1 + Long.BYTES;

    private static final int INTRODUCTION_BYTES =
            LinkProof.GREETING.length + LinkProof.NONCE_BYTES + Long.BYTES + LinkProof.PROOF_BYTES;
    private static final long INTRODUCTION_SECONDS = 5;
    /** A link without a frame for this long is closed: a living writer asks four times as often. */
    private static final long SILENCE_SECONDS = 20;

    private final Wire wire;
    private final byte[] secret;
    private final LinkReader reader;
    private final Observer observer;
    private final byte[] nonce = LinkProof.random(LinkProof.NONCE_BYTES);
    private final long beganAt;
    private final Gathered gathered = new Gathered();
    private boolean proven;
    private volatile long writer;

    /** Hears what becomes of a link. */
    interface Observer {
        /** The writer has proved that it knows the secret. */
        void proven(IncomingLink link);

        /** The writer is refused; its connection is closed next. */
        void refused(Refused why);

        /** The connection has ended. */
        void closed(IncomingLink link, boolean wasProven);
    }

    IncomingLink(Wire wire, byte[] secret, LinkReader reader, Observer observer) {
        this.wire = wire;
        this.secret = secret;
        this.reader = reader;
        this.observer = observer;
        beganAt = wire.loop().tickSeconds();
        wire.write(LinkProof.GREETING, 0, LinkProof.GREETING.length);
        wire.write(nonce, 0, nonce.length);
    }

    /** The name of the writer; known once the link is open. Any thread. */
    public long writer() {
        return writer;
    }

    /** Whether the link was opened with exactly this secret. */
    boolean isFor(byte[] wanted) {
        return secret == wanted;
    }

    /** Acknowledges to the writer that every entry up to this number has been read. Any thread. */
    public void acknowledge(long number) {
        if (wire.loop().inLoop()) {
            byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
            wire.write(bytes, 0, bytes.length);
        } else {
            wire.loop().execute(() -> acknowledge(number));
        }
    }

    /** Closes the link. Any thread. */
    void shut() {
        wire.loop().execute(wire::abort);
    }

    @Override
    public void received(byte[] buffer, int offset, int length) {
        ByteBuffer in = gathered.with(buffer, offset, length);
        if (!proven && !introduced(in)) {
            return;
        }
        while (in.remaining() >= HEADER_BYTES) {
            int start = in.position();
            int size = in.getInt();
            if (size < 0) {
                refuse(Refused.LINK_FRAME);
                return;
            }
            int flags = in.get();
            long number = in.getLong();
            if (in.remaining() < size) {
                in.position(start);
                break;
            }
            byte[] body = new byte[size];
            in.get(body);
            if ((flags & QUESTION) != 0) {
                reader.asked(this, number);
            } else {
                reader.entry(this, new InboxEntry(writer, number, body), (flags & WANTS_ANSWER) != 0);
            }
        }
        gathered.keep(in);
    }

    /** Whether the writer's introduction has come and is right. A wrong greeting is refused before the rest has come. */
    private boolean introduced(ByteBuffer in) {
        int begun = Math.min(in.remaining(), LinkProof.GREETING.length);
        int from = in.arrayOffset() + in.position();
        if (!Arrays.equals(in.array(), from, from + begun, LinkProof.GREETING, 0, begun)) {
            refuse(Refused.LINK_GREETING);
            return false;
        }
        if (in.remaining() < INTRODUCTION_BYTES) {
            gathered.keep(in);
            return false;
        }
        in.position(in.position() + LinkProof.GREETING.length);
        byte[] writersNonce = new byte[LinkProof.NONCE_BYTES];
        in.get(writersNonce);
        long name = in.getLong();
        byte[] given = new byte[LinkProof.PROOF_BYTES];
        in.get(given);
        LinkProof proof = new LinkProof(nonce, writersNonce, name);
        if (!LinkProof.matches(given, proof.ofWriter(secret))) {
            refuse(Refused.LINK_PROOF);
            return false;
        }
        proven = true;
        writer = name;
        byte[] answer = proof.ofReader(secret);
        wire.write(answer, 0, answer.length);
        observer.proven(this);
        reader.opened(this);
        return true;
    }

    private void refuse(Refused why) {
        observer.refused(why);
        wire.abort();
    }

    @Override
    public void drained() {}

    @Override
    public void closed(CloseCause cause) {
        observer.closed(this, proven);
        if (proven) {
            reader.closed(this);
        }
    }

    @Override
    public void tick() {
        long now = wire.loop().tickSeconds();
        if (!proven && now - beganAt > INTRODUCTION_SECONDS) {
            refuse(Refused.LINK_TIMEOUT);
        } else if (now - wire.lastReadTick() > SILENCE_SECONDS) {
            wire.abort();
        }
    }
}
