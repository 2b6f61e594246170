// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import dev.holdfast.gateway.limits.AddressPlaces;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.store.HeldMemory.Kind;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/**
 * A connection that was accepted and has not sent a whole first packet: it costs memory, and nobody knows who it is.
 * Counted from accept on, its PROXY header, TLS handshake and HTTP request included. When the strangers of a loop cost
 * more than their share of the memory, some of them are closed: first those that keep the most bytes of an unfinished packet;
 * when nobody keeps any, the oldest, if they have had the time that a client needs. Used on the loop's thread only.
 */
public final class Stranger {
    /** What a connection costs before it has said anything: its objects, and the buffers of its handshakes. */
    private static final int TCP_BYTES = 1024;

    private static final int HTTP_BYTES = 20 * 1024;
    private static final int TLS_BYTES = 48 * 1024;

    private final Strangers strangers;
    private final Transport transport;
    private final long sinceMillis;
    private final HeldInput.Place kept = new HeldInput.Place(this::cut);
    private boolean isStranger = true;
    private boolean isRefused;
    private Runnable whenItLeaves = () -> {};
    private Runnable giveWay;
    private @Nullable Stranger older;
    private @Nullable Stranger newer;
    private AddressPlaces.@Nullable Place place;
    private ConnectRates.Counted counted = ConnectRates.Counted.NOT;

    private Stranger(Strangers strangers, StreamConnection socket, Transport transport, long nowMillis) {
        this.strangers = strangers;
        this.transport = transport;
        this.sinceMillis = nowMillis;
        this.giveWay = () -> IoUtils.safeClose(socket);
    }

    /** Counts a connection that was accepted just now; older strangers may be closed to make room. On its loop. */
    public static Stranger enter(IoLoop loop, StreamConnection socket, Transport transport) {
        loop.refreshClock();
        Strangers strangers = loop.strangers();
        Stranger stranger = new Stranger(strangers, socket, transport, loop.elapsedMillis());
        strangers.add(stranger);
        strangers.makeRoom();
        return stranger;
    }

    /** Tells how many bytes of its first packet, or of its first TLS record, are kept. The connection may be closed within this call. */
    public void keeps(int bytes) {
        if (isStranger && kept.bytes() != bytes) {
            strangers.keeps(kept, bytes);
            strangers.makeRoom();
        }
    }

    /** Says how the connection is closed if room is needed: by default its socket is closed. */
    public void giveWayBy(Runnable how) {
        giveWay = how;
    }

    /** Says what is done when it leaves: it has sent its first packet, or is gone. */
    public void whenItLeaves(Runnable then) {
        whenItLeaves = then;
    }

    /** Counts why it does not get in; the first reason counts. */
    public void refused(Refused why) {
        if (!isRefused) {
            isRefused = true;
            strangers.observer.refused(transport, why);
        }
    }

    /** Whether it has been counted as refused. */
    public boolean isRefused() {
        return isRefused;
    }

    /**
     * Takes a place among the connections of its address, which is known now; a place that it has already is kept.
     *
     * @param places those of all addresses
     * @return false if the address has too many: it is to be closed
     */
    public boolean takePlace(AddressPlaces places, String address) {
        if (place == null) {
            place = places.arrive(address, System.nanoTime(), () -> strangers.loop.execute(this::cutIfStranger));
            if (place == null) {
                strangers.observer.refused(transport, Refused.MAX_CONNECTIONS_PER_ADDRESS);
                strangers.addressRefusals.refused(address, places.most());
            }
        }
        return place != null;
    }

    /** Takes note of the rates by which it has been counted. */
    public void countedByRates(ConnectRates.Counted rates) {
        counted = rates;
    }

    /** By which rates of CONNECTs it has been counted. */
    ConnectRates.Counted countedByRates() {
        return counted;
    }

    /** Its place among the connections of its address; null while the address is not known. */
    AddressPlaces.@Nullable Place place() {
        return place;
    }

    /** It is no stranger any more, or has gone. Once or more often. */
    public void leave() {
        if (isStranger) {
            isStranger = false;
            strangers.remove(this);
            if (place != null) {
                place.introduced();
            }
            whenItLeaves.run();
        }
    }

    /** Its connection has gone before there was a wire. Once or more often. */
    public void gone() {
        leave();
        if (place != null) {
            place.leave();
        }
    }

    private void cutIfStranger() {
        if (isStranger) {
            cut();
        }
    }

    private void cut() {
        refused(Refused.UNFINISHED_CONNECT);
        leave();
        giveWay.run();
    }

    private int ownBytes() {
        return TCP_BYTES + (transport.isSecure() ? TLS_BYTES : 0) + (transport.isWebSocket() ? HTTP_BYTES : 0);
    }

    /** The strangers of one loop, by age. */
    static final class Strangers {
        /** The time in which a client that behaves has sent its CONNECT, if the gateway has come to read it. */
        private static final long PATIENCE_MILLIS = 500;

        private final IoLoop loop;
        private final MemoryAccount memory;
        private final int loops;
        private final TransportObserver observer;
        private final HeldInput kept = new HeldInput();
        private final AddressRefusals addressRefusals = new AddressRefusals();
        private @Nullable Stranger oldest;
        private @Nullable Stranger newest;
        private long ownBytes;

        /** None yet. */
        Strangers(IoLoop loop, TransportSettings settings, TransportObserver observer) {
            this.loop = loop;
            this.memory = settings.memory();
            this.loops = settings.ioThreads();
            this.observer = observer;
        }

        /** How many bytes they may cost, all together, as things stand. */
        private long most() {
            return memory.limit(Kind.STRANGERS) / loops;
        }

        private void keeps(HeldInput.Place place, int bytes) {
            memory.add(Kind.STRANGERS, bytes - place.bytes());
            kept.set(place, bytes);
        }

        /** What they cost, in bytes. */
        long bytes() {
            return ownBytes + kept.bytes();
        }

        /** Whether they cost too much, and none has had its time: those that come have to wait in the kernel. */
        boolean areTooMany() {
            makeRoom();
            return bytes() > most();
        }

        /** Closes the oldest strangers, as far as they have had the time that a client needs. */
        void dropOldest(int mostDropped) {
            for (int i = 0; i < mostDropped; i++) {
                Stranger first = oldest;
                if (first == null || !hasHadItsTime(first)) {
                    return;
                }
                first.cut();
            }
        }

        private boolean hasHadItsTime(Stranger stranger) {
            return loop.elapsedMillis() - stranger.sinceMillis > PATIENCE_MILLIS;
        }

        private void makeRoom() {
            while (bytes() > most()) {
                HeldInput.Place keeper = kept.first();
                Stranger first = oldest;
                if (keeper != null) {
                    keeper.giveWay();
                } else if (first != null && hasHadItsTime(first)) {
                    first.cut();
                } else {
                    return;
                }
            }
        }

        private void add(Stranger stranger) {
            memory.add(Kind.STRANGERS, stranger.ownBytes());
            ownBytes += stranger.ownBytes();
            stranger.older = newest;
            if (newest == null) {
                oldest = stranger;
            } else {
                newest.newer = stranger;
            }
            newest = stranger;
        }

        private void remove(Stranger stranger) {
            memory.add(Kind.STRANGERS, -stranger.ownBytes());
            ownBytes -= stranger.ownBytes();
            keeps(stranger.kept, 0);
            Stranger older = stranger.older;
            Stranger newer = stranger.newer;
            if (older == null) {
                oldest = newer;
            } else {
                older.newer = newer;
            }
            if (newer == null) {
                newest = older;
            } else {
                newer.older = older;
            }
            stranger.older = null;
            stranger.newer = null;
        }
    }
}
