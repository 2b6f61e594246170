// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.unit;

import dev.holdfast.gateway.harness.mqtt.Channel;
import java.io.IOException;
import java.net.SocketTimeoutException;

/**
 * A {@link FakeWire} as the client of a test sees it. To read is to turn the gateway's loops until they have nothing left to
 * do: what has not come by then does not come.
 */
public final class WireChannel implements Channel {
    private final UnitGateway gateway;
    private final FakeWire wire;

    WireChannel(UnitGateway gateway, FakeWire wire) {
        this.gateway = gateway;
        this.wire = wire;
    }

    @Override
    public void write(byte[] bytes) {
        wire.send(bytes);
    }

    @Override
    public int read(byte[] buffer, int timeoutMillis) throws IOException {
        gateway.settle();
        int count = wire.takeOutput(buffer);
        if (count == 0) {
            if (wire.isClosed()) {
                return -1;
            }
            throw new SocketTimeoutException("the gateway has nothing left to do");
        }
        return count;
    }

    /** Whether the gateway has written something that the client has not read. */
    public boolean hasOutput() {
        gateway.settle();
        return wire.hasOutput();
    }

    /** Breaks the connection without a word, and has the gateway notice. */
    public void vanish() {
        wire.vanish();
        gateway.settle();
    }

    /** Has something fail that the gateway does for the connection, in the middle of what it does. */
    public void fails() {
        wire.fails();
        gateway.settle();
    }

    /** The socket of the client takes no more, or takes all again. */
    public void full(boolean full) {
        wire.full(full);
    }

    @Override
    public void close() {
        vanish();
    }
}
