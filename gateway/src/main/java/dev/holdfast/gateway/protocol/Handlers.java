// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import java.util.concurrent.CompletableFuture;

/** The handlers of a gateway, one for each packet family, without any state of a connection; and its front door. */
public final class Handlers implements Acceptor {
    private final ProtocolServices services;
    private final ConnectHandler connect = new ConnectHandler();
    private final PublishHandler publish = new PublishHandler();
    private final OversizeHandler oversize = new OversizeHandler();
    private final AcknowledgeHandler acknowledge = new AcknowledgeHandler();
    private final SubscribeHandler subscribe = new SubscribeHandler();
    private final UnsubscribeHandler unsubscribe = new UnsubscribeHandler();
    private final DisconnectHandler disconnect = new DisconnectHandler();
    private final AuthHandler auth = new AuthHandler();
    private final Departures departures;

    /** Handlers that use the given services. */
    public Handlers(ProtocolServices services) {
        this.services = services;
        this.departures = new Departures(services);
        Outcome.countedBy(services.metrics());
    }

    @Override
    public WireListener accepted(Wire wire) {
        services.metrics().connectionOpened(wire.peer().transport());
        return new Connection(wire, this);
    }

    /** Other limits hold from now on, for those who come and for what is asked then. Any thread. */
    public void limits(LimitsConfig next) {
        services.currentLimits().set(next);
        services.admission().apply(next);
    }

    /** Lets in no further client; whoever sends CONNECT on a connection that is there already is closed. Any thread. */
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

    ProtocolServices services() {
        return services;
    }

    ConnectHandler connect() {
        return connect;
    }

    PublishHandler publish() {
        return publish;
    }

    OversizeHandler oversize() {
        return oversize;
    }

    AcknowledgeHandler acknowledge() {
        return acknowledge;
    }

    SubscribeHandler subscribe() {
        return subscribe;
    }

    UnsubscribeHandler unsubscribe() {
        return unsubscribe;
    }

    DisconnectHandler disconnect() {
        return disconnect;
    }

    AuthHandler auth() {
        return auth;
    }

    Departures departures() {
        return departures;
    }
}
