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
 * The door by which other gateways come in to tell this one, and the way to theirs. Any thread.
 *
 * <p>A stranger at the door gets 20 bytes, is believed in nothing, keeps at most 60 bytes of memory for five seconds, and
 * there are not many at a time.
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

    /** Connects to another gateway, and gives the wire to an acceptor. */
    @FunctionalInterface
    public interface Dialler {
        /** Done when it is connected; failed if it cannot be. Returns at once. */
        CompletionStage<?> dial(InetSocketAddress address, Acceptor acceptor);
    }

    /** By whom entries are read now, and what those have to know that bring them. */
    private record Reading(LinkReader reader, byte[] secret) {}

    /**
     * Links that are not used yet.
     *
     * @param host where others find this gateway
     */
    public Links(Dialler dialler, String host, Metrics metrics) {
        this.dialler = dialler;
        this.host = host;
        this.metrics = metrics;
        metrics.gauge("links", "Gateways that tell this one directly, past Redis", proven::size);
    }

    /** The port at which others find this gateway's listener. */
    public void listening(int newPort) {
        port = newPort;
    }

    /**
     * Lets others in from now on.
     *
     * @return what they have to know for it
     */
    public LinkCard open(LinkReader reader) {
        byte[] secret = LinkProof.random(LinkProof.SECRET_BYTES);
        reading = new Reading(reader, secret);
        return new LinkCard(host, port, secret);
    }

    /** Lets nobody in any more, and parts with those that are in. */
    public void shut() {
        reading = null;
        proven.forEach(IncomingLink::shut);
    }

    /** Connects to another gateway; who listens hears how it went. */
    public OutgoingLink dial(LinkCard card, long writer, OutgoingLink.Listener listener) {
        OutgoingLink link = new OutgoingLink(card.secret(), writer, listener);
        // A name has to be looked up, which may take its time.
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

    /** Keeps count of who is at the door and who is in. */
    private final class DoorKeeper implements IncomingLink.Observer {
        @Override
        public void proven(IncomingLink link) {
            strangers.decrementAndGet();
            proven.add(link);
            Reading now = reading;
            if (now == null || !link.isFor(now.secret())) {
                link.shut(); // the door was shut meanwhile
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

    /** Who was not even let to the door. */
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
