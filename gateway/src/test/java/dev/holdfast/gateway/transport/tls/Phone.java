// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A TLS client that keeps its tickets, and takes all gateways for one, as behind a balancer. It believes every server. A session that it
 * resumes says when it was first agreed upon.
 */
public final class Phone {
    private static final int BALANCER_PORT = 8883;

    private final SSLContext context;

    /** A phone without tickets. */
    public Phone() throws GeneralSecurityException {
        this(null);
    }

    /** A phone with a certificate of its own. */
    public Phone(KeyManager @Nullable [] keys) throws GeneralSecurityException {
        context = SSLContext.getInstance("TLS");
        context.init(keys, new TrustManager[] {new Trusting()}, null);
    }

    /** A connection over which nothing has been sent. */
    public SSLSocket connect(int port, String version) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(new BehindBalancer(port), "gateways.example", BALANCER_PORT, true);
        socket.setSoTimeout(8_000);
        socket.setEnabledProtocols(new String[] {version});
        return socket;
    }

    /** When the session of a connection was first agreed upon; the same again if it has been resumed. */
    public static long agreedAt(SSLSocket socket) {
        return socket.getSession().getCreationTime();
    }

    /** The JDK finds a session again by the port of its socket. */
    private static final class BehindBalancer extends Socket {
        BehindBalancer(int port) throws IOException {
            super(InetAddress.getLoopbackAddress(), port);
        }

        @Override
        public int getPort() {
            return BALANCER_PORT;
        }
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
