// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Clients;
import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;

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
    private final Clients clients;

    /** Handlers that use the given services. */
    public Handlers(ProtocolServices services) {
        this.services = services;
        this.clients = new Clients(services.clients());
    }

    @Override
    public WireListener accepted(Wire wire) {
        services.metrics().connectionOpened(wire.peer().transport());
        return new Connection(wire, this);
    }

    /** The clients of this gateway. */
    public Clients clients() {
        return clients;
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
}
