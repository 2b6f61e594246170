// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.config.LimitsConfig;
import java.util.concurrent.CompletableFuture;

/** The clients of a gateway: makes one for each connection, and has what holds for all of them. Any thread. */
public final class Clients {
    private final ClientServices services;
    private final Departures departures;
    private final ClientNotice forbiddenWill =
            new ClientNotice("the will may not be published: its client is connected without it");

    /** The clients of a gateway that has just started: none yet. */
    public Clients(ClientServices services) {
        this.services = services;
        this.departures = new Departures(services);
        Outcome.countedBy(services.metrics());
    }

    /** The client of a connection that has just been opened. On the connection's thread. */
    public Client open(ClientConnection connection) {
        return new Client(this, connection);
    }

    /** Other limits hold from now on, for those who come and for what is asked then. */
    public void limits(LimitsConfig next) {
        services.currentLimits().set(next);
        services.admission().apply(next);
    }

    /** Lets in no further client; whoever asks to be let in on a connection that is there already is closed. */
    public void letNobodyIn() {
        services.admission().shut();
    }

    /**
     * Tells every client that the gateway is going down and closes its connection; returns at once.
     *
     * @return done when the store knows that all of them have gone
     */
    public CompletableFuture<?> shutDown() {
        return services.sessions().shutDown();
    }

    ClientServices services() {
        return services;
    }

    Departures departures() {
        return departures;
    }

    /** Tells the log of clients whose will may not be published. */
    ClientNotice forbiddenWill() {
        return forbiddenWill;
    }
}
