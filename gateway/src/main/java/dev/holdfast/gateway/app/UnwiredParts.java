// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.ReadinessCheck;
import dev.holdfast.gateway.config.ListenersConfig;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.SessionStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;

/** Holds the places of the parts until the merge brings them: binds the ports, accepts nobody. Deleted then. */
final class UnwiredParts {
    private UnwiredParts() {}

    static Stores stores() {
        return new Stores(absent(SessionStore.class), absent(RetainedStore.class), Map.of(), () -> {});
    }

    private static <T> T absent(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            throw new UnsupportedOperationException(method.getName());
        }));
    }

    static Doors doors(ListenersConfig listeners) throws CommandFailure {
        ServerSocket tcp = bind(listeners.host(), listeners.tcpPort(), "listeners.tcp-port");
        ServerSocket webSocket = bind(listeners.host(), listeners.wsPort(), "listeners.ws-port");
        return new Doors() {
            @Override
            public InetSocketAddress tcp() {
                return (InetSocketAddress) tcp.getLocalSocketAddress();
            }

            @Override
            public InetSocketAddress webSocket() {
                return (InetSocketAddress) webSocket.getLocalSocketAddress();
            }

            @Override
            public Map<String, ReadinessCheck> checks() {
                return Map.of();
            }

            @Override
            public void close() {
                try (tcp;
                        webSocket) {
                    return;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    private static ServerSocket bind(String host, int port, String setting) throws CommandFailure {
        try {
            ServerSocket socket = new ServerSocket();
            socket.bind(new InetSocketAddress(host, port));
            return socket;
        } catch (IOException e) {
            throw CommandFailure.failed("cannot listen on " + host + ":" + port + " (" + setting + ")", e);
        }
    }
}
