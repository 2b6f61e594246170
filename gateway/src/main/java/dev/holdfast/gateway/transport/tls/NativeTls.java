// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.store.TicketKey;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslServerContext;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.internal.tcnative.SSL;
import java.nio.charset.StandardCharsets;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS by BoringSSL, as an SSL context that makes engines for servers and nothing else: Undertow's conduit asks for no more. Its
 * handshakes cost a fraction of the CPU time of the JDK's (MEASUREMENTS.md).
 *
 * <p>All calls on one engine come from its I/O thread: a handshake leaves nothing to other threads ({@code USE_TASKS}), since an
 * engine that ends while another thread works on it would free the memory under that thread.
 */
final class NativeTls extends SSLContext {
    /** What tickets are for; without it BoringSSL takes none but those of the same context. */
    private static final byte[] TICKETS_FOR = "holdfast".getBytes(StandardCharsets.US_ASCII);

    /**
     * What each connection has in each direction, as long as it lasts, for what the engine says without being asked; netty's own size is 2048.
     * A handshake says more, in some rounds more.
     */
    private static final int BIO_BYTES = 512;

    private final OpenSslServerSessionContext sessions;
    private final Engines engines;

    private NativeTls(OpenSslServerContext context) {
        this(new Engines(context), context);
    }

    private NativeTls(Engines engines, OpenSslServerContext context) {
        super(engines, null, "TLS");
        this.engines = engines;
        this.sessions = context.sessionContext();
        // A session stands in its ticket; here it would only take memory.
        sessions.setSessionCacheEnabled(false);
        sessions.setSessionIdContext(TICKETS_FOR);
    }

    /**
     * Gives tickets from here on, which it did not before, and takes those of all these keys. Any thread.
     *
     * @param keys at least one; the first makes new tickets
     */
    void useTicketKeys(List<TicketKey> keys) {
        sessions.setTicketKeys(keys.stream()
                .map(key -> new OpenSslSessionTicketKey(
                        Arrays.copyOfRange(key.bytes(), 0, 16),
                        Arrays.copyOfRange(key.bytes(), 16, 32),
                        Arrays.copyOfRange(key.bytes(), 32, 48)))
                .toArray(OpenSslSessionTicketKey[]::new));
        engines.giveTickets = true;
    }

    /** How many handshakes have resumed a session by a ticket. */
    long resumed() {
        return sessions.stats().ticketKeyResume() + sessions.stats().ticketKeyRenew();
    }

    /** Why this platform has no native engine, for an operator; null if it has one. */
    static @Nullable String unavailable() {
        if (OpenSsl.isAvailable()) {
            return null;
        }
        return "no native TLS library works on " + System.getProperty("os.name") + ", " + System.getProperty("os.arch")
                + " (" + OpenSsl.unavailabilityCause() + ")";
    }

    /** What the operator knows the library by. */
    static String version() {
        return OpenSsl.versionString();
    }

    /**
     * A context.
     *
     * @param trust the authorities of clients' certificates; null unless clients are asked for one
     * @param suites which suites may be spoken, by the JDK's names; those that BoringSSL does not know are left out
     * @throws SSLException if BoringSSL does not take what it is given
     */
    static NativeTls of(
            KeyManagerFactory keys, @Nullable TrustManagerFactory trust, TlsSettings settings, List<String> suites)
            throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forServer(new OpenSslCachingX509KeyManagerFactory(keys))
                .sslProvider(SslProvider.OPENSSL)
                .option(OpenSslContextOption.USE_TASKS, false)
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(suites, SupportedCipherSuiteFilter.INSTANCE)
                .clientAuth(
                        switch (settings.clientAuth()) {
                            case NONE -> ClientAuth.NONE;
                            case WANT -> ClientAuth.OPTIONAL;
                            case NEED -> ClientAuth.REQUIRE;
                        });
        if (trust != null) {
            builder.trustManager(trust);
        }
        OpenSslServerContext context = (OpenSslServerContext) builder.build();
        context.setBioNonApplicationBufferSize(BIO_BYTES);
        return new NativeTls(context);
    }

    /** Makes engines. */
    private static final class Engines extends SSLContextSpi {
        private final SslContext context;
        private volatile boolean giveTickets;

        Engines(SslContext context) {
            this.context = context;
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return made(context.newEngine(UnpooledByteBufAllocator.DEFAULT));
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return made(context.newEngine(UnpooledByteBufAllocator.DEFAULT, host, port));
        }

        /** Without keys of ours BoringSSL would give tickets by keys of its own, good here alone. */
        private SSLEngine made(SSLEngine engine) {
            if (!giveTickets) {
                SSL.setOptions(((ReferenceCountedOpenSslEngine) engine).sslPointer(), SSL.SSL_OP_NO_TICKET);
            }
            return engine;
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.sessionContext();
        }

        @Override
        protected @Nullable SSLSessionContext engineGetClientSessionContext() {
            return null; // as SSLContext has it where there is none
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("this context has its keys");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            throw new UnsupportedOperationException("this context makes engines");
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            throw new UnsupportedOperationException("this context makes engines");
        }
    }
}
