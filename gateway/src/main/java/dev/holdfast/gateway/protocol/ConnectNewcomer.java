// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.ClientRequest;
import dev.holdfast.gateway.client.Newcomer;
import dev.holdfast.gateway.client.WillAsked;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.store.session.Attached;
import io.netty.handler.codec.mqtt.MqttMessageType;
import org.jspecify.annotations.Nullable;

/** What one CONNECT asks for, and its CONNACK, for {@link dev.holdfast.gateway.client.Client#connect}. On the connection's thread. */
final class ConnectNewcomer implements Newcomer {
    private final Connection connection;
    private ConnectRequest request;
    /** The CONNACK of a client that finds no session. */
    private byte[] connack = {};

    private @Nullable String words;

    ConnectNewcomer(Connection connection, ConnectRequest request) {
        this.connection = connection;
        this.request = request;
    }

    @Override
    public @Nullable WillAsked will() {
        return request.packet().variableHeader().isWillFlag() ? WillRequest.of(connection, request) : null;
    }

    @Override
    public boolean prepares(ClientRequest granted, @Nullable String newWords) {
        request = request.keptFor(granted.expiry());
        words = newWords;
        connack = Connack.of(connection, request, words);
        return connection.clientTakes(connack.length);
    }

    @Override
    public Outlet outlet() {
        return new ClientOutlet(connection, request.aliasMaximum());
    }

    @Override
    public void accepted(Attached attached) {
        connection.accepted(request.isV5() ? connection.services().limits().topicAliasMaximum() : 0);
        connection.send(
                attached.sessionPresent() ? Connack.resumed(connection, request, attached, words) : connack,
                MqttMessageType.CONNACK);
    }
}
