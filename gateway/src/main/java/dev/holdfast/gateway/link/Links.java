// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts links from other gateways and opens links to them. Any thread.
 *
 * <p>A connection that has not proved that it knows the secret receives 20 bytes, occupies at most 60 bytes of memory for five seconds,
 * and is one of 256 at most.
 */
public final class Links implements Acceptor {
    private static final Logger LOG = LoggerFactory.getLogger(Links.class);
    private static final int MOST_STRANGERS = 256;

    private final Dialler dialler;
    private final Metrics metrics;
    private final String host;
    private final AtomicInteger strangers = new AtomicInteger();
    private final Set<IncomingLink> proven = ConcurrentHashMap.newKeySet();
    private final IncomingLink.Observer observer = new DoorKeeper();
    private volatile int port;
    private volatile @Nullable Reading reading;

    /** Connects to another gateway and gives the wire to an acceptor. */
    @FunctionalInterface
    public interface Dialler {
        /** Done when the connection is open; fails if it cannot be opened. Returns at once. */
        CompletionStage<?> dial(InetSocketAddress address, Acceptor acceptor);
    }

    /** The reader of the entries, and the secret that writers must know. */
    private record Reading(LinkReader reader, byte[] secret) {}

    /**
     * Links of a gateway that accepts none yet.
     *
     * @param host the host at which other gateways reach this one
     */
    public Links(Dialler dialler, String host, Metrics metrics) {
        this.dialler = dialler;
        this.host = host;
        this.metrics = metrics;
        metrics.gauge("links", "Gateways that tell this one directly, past Redis", proven::size);
    }

    /** Sets the port at which other gateways reach this one. */
    public void listening(int newPort) {
        port = newPort;
    }

    /**
     * Accepts links from now on, with a new secret.
     *
     * @return the address and the secret for the other gateways
     */
    public LinkCard open(LinkReader reader) {
        byte[] secret = LinkProof.random(LinkProof.SECRET_BYTES);
        reading = new Reading(reader, secret);
        return new LinkCard(host, port, secret);
    }

    /** Accepts no links any more and closes those that are open. */
    public void shut() {
        reading = null;
        proven.forEach(IncomingLink::shut);
    }

    /** Opens a link to another gateway. The listener hears whether that has worked. */
    public OutgoingLink dial(LinkCard card, long writer, OutgoingLink.Listener listener) {
        OutgoingLink link = new OutgoingLink(card.secret(), writer, listener);
        // The lookup of a name may block.
        CompletableFuture.supplyAsync(() -> new InetSocketAddress(card.host(), card.port()))
                .thenCompose(address -> dialler.dial(address, link))
                .whenComplete((nothing, failure) -> {
                    if (failure != null) {
                        LOG.debug("gateway at {} cannot be reached directly", card, failure);
                        link.failed();
                    }
                });
        return link;
    }

    @Override
    public WireListener accepted(Wire wire) {
        Reading now = reading;
        if (now == null || strangers.get() >= MOST_STRANGERS) {
            observer.refused(now == null ? Refused.LINK_CLOSED : Refused.LINK_BUSY);
            wire.abort();
            return new Nobody();
        }
        strangers.incrementAndGet();
        return new IncomingLink(wire, now.secret(), now.reader(), observer);
    }

    /** Counts the links that have not proved themselves and keeps those that have. */
    private final class DoorKeeper implements IncomingLink.Observer {
        @Override
        public void proven(IncomingLink link) {
            strangers.decrementAndGet();
            proven.add(link);
            Reading now = reading;
            if (now == null || !link.isFor(now.secret())) {
                link.shut(); // shut() was called meanwhile
            }
        }

        @Override
        public void refused(Refused why) {
            metrics.refused(why);
        }

        @Override
        public void closed(IncomingLink link, boolean wasProven) {
            if (wasProven) {
                proven.remove(link);
            } else {
                strangers.decrementAndGet();
            }
        }
    }

    /** The listener of a connection that was refused at once. */
    private static final class Nobody implements WireListener {
        @Override
        public void received(byte[] buffer, int offset, int length) {}

        @Override
        public void drained() {}

        @Override
        public void closed(CloseCause cause) {}

        @Override
        public void tick() {}
    }
}
