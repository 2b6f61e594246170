// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/** A plain socket on the loopback address. */
public final class TcpChannel implements Channel {
    private final Socket socket;

    private TcpChannel(Socket socket) {
        this.socket = socket;
    }

    public static TcpChannel open(int port) {
        return open(port, 0);
    }

    /**
     * Connects.
     *
     * @param receiveBufferBytes the socket's receive buffer, for a reader that is to be slow; 0 leaves it
     */
    public static TcpChannel open(int port, int receiveBufferBytes) {
        try {
            Socket socket = new Socket();
            if (receiveBufferBytes > 0) {
                socket.setReceiveBufferSize(receiveBufferBytes);
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
            socket.setTcpNoDelay(true);
            return new TcpChannel(socket);
        } catch (IOException e) {
            throw new UncheckedIOException("no connection to port " + port, e);
        }
    }

    /** Connects from another loopback address. */
    public static TcpChannel from(String address, int port) {
        try {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
            socket.setTcpNoDelay(true);
            return new TcpChannel(socket);
        } catch (IOException e) {
            throw new UncheckedIOException("no connection from " + address + " to port " + port, e);
        }
    }

    /** A channel over a socket that is connected. */
    public static TcpChannel over(Socket socket) {
        return new TcpChannel(socket);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    @Override
    public int read(byte[] buffer, int timeoutMillis) throws IOException {
        socket.setSoTimeout(Math.max(1, timeoutMillis));
        try {
            return socket.getInputStream().read(buffer);
        } catch (SocketException reset) {
            return -1;
        }
    }

    /** Sends FIN and goes on reading. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends it with RST. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
