// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.store.TicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.undertow.Undertow;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Sequence;
import org.xnio.SslClientAuthMode;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.ssl.SslConnection;

/**
 * The TLS of a listener, 1.2 and 1.3. Looks at its files now and then, on a thread of its own: when they have changed,
 * new handshakes use what they hold now; when that cannot be used, the old certificate stays and a warning is logged.
 */
public final class TlsContext implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TlsContext.class);

    private volatile TlsSettings settings;
    private volatile OptionMap options;
    private final UndertowXnioSsl ssl;
    private final ScheduledExecutorService watcher;
    private String fingerprint;
    private WatchedContext context;
    private List<TicketKey> ticketKeys = List.of();
    private long resumedBefore;
    private long reloadFailures;
    private boolean isUnusable;

    private TlsContext(TlsSettings settings) throws IOException, GeneralSecurityException {
        this.settings = settings;
        this.fingerprint = CertificateFiles.fingerprint(settings);
        context = CertificateFiles.load(settings);
        CertificateFiles.warnOfReadableKey(settings);
        this.options = options(context, settings);
        tellEngine(context, settings);
        this.ssl = new UndertowXnioSsl(Xnio.getInstance(Undertow.class.getClassLoader()), OptionMap.EMPTY, context);
        this.watcher = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "holdfast-tls-files");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Loads the certificate and begins to watch its files.
     *
     * @throws GeneralSecurityException when the files cannot be used; the message names the file
     */
    public static TlsContext open(TlsSettings settings) throws IOException, GeneralSecurityException {
        TlsContext context = new TlsContext(settings);
        long millis = settings.checkPeriod().toMillis();
        context.watcher.scheduleWithFixedDelay(context::check, millis, millis, TimeUnit.MILLISECONDS);
        return context;
    }

    /**
     * Begins to follow the keys of tickets, now and then. Until they have been read first, no tickets are given; no handshake waits for them.
     *
     * @param period how often they are looked at
     */
    public void shareTickets(TicketSource source, Duration period) {
        TicketRotation rotation = new TicketRotation(source, period, System::nanoTime, watcher, this::useTicketKeys);
        watcher.scheduleWithFixedDelay(() -> look(rotation), 0, period.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void look(TicketRotation rotation) {
        try {
            rotation.look();
        } catch (RuntimeException fault) { // or there would be no further look
            LOG.warn("the keys of TLS tickets cannot be looked at", fault);
        }
    }

    private synchronized void useTicketKeys(List<TicketKey> keys) {
        ticketKeys = keys;
        giveTickets();
    }

    private void giveTickets() {
        NativeTls engines = context.nativeTls();
        if (engines != null && settings.givesTickets() && !ticketKeys.isEmpty()) {
            engines.useTicketKeys(ticketKeys);
        }
    }

    /** How many handshakes have resumed a session by a ticket, at this gateway or another; those of the JDK's engine are not counted. */
    public synchronized long resumed() {
        NativeTls engines = context.nativeTls();
        return resumedBefore + (engines == null ? 0 : engines.resumed());
    }

    /** How often other files, or changed ones, could not be used. */
    public synchronized long reloadFailures() {
        return reloadFailures;
    }

    /** Whether the files as they are could not be used, so that new handshakes get the certificate from before. */
    public synchronized boolean isUnusable() {
        return isUnusable;
    }

    private void use(WatchedContext next) {
        isUnusable = false;
        resumedBefore = resumed();
        context = next;
        giveTickets();
        ssl.updateSSLContext(next);
    }

    /**
     * Complains of everything for which {@link #open} would throw, by the names that the files have in the settings:
     * {@code certificate}, {@code key}, {@code keystore}, {@code keystore-password-file}, {@code client-ca}.
     */
    public static void check(TlsSettings settings, Complaints complaints) {
        CertificateFiles.load(settings, complaints);
    }

    private static void tellEngine(WatchedContext context, TlsSettings settings) {
        if (context.nativeTls() != null) {
            LOG.info("TLS by {}", NativeTls.version());
        } else if (settings.provider() == TlsSettings.Provider.JDK) {
            LOG.info("TLS by the JDK (tls.provider)");
        } else {
            String why = NativeTls.unavailable();
            LOG.info("TLS by the JDK: {}", why == null ? "tls.legacy-suites" : why);
        }
    }

    /** The connection, encrypted; the handshake begins when it is read. */
    public StreamConnection wrap(StreamConnection socket) {
        SslConnection secure = ssl.wrapExistingConnection(socket, options, false);
        if (UndertowXnioSsl.getSslEngine(secure) instanceof WatchedEngine watched
                && watched.engine() instanceof ReferenceCountedOpenSslEngine engine) {
            // A client that goes without close_notify, as most do, leaves the engine open, with its memory beside the
            // heap.
            socket.setCloseListener(gone -> engine.shutdown()); // besides those that it has
        }
        return secure;
    }

    private static OptionMap options(WatchedContext context, TlsSettings settings) {
        if (context.nativeTls() != null) {
            // The rest is in the context: BoringSSL would parse it again for each connection.
            return OptionMap.create(Options.SSL_ENABLE_SESSION_CREATION, false);
        }
        return OptionMap.builder()
                .set(
                        Options.SSL_ENABLED_CIPHER_SUITES,
                        Sequence.of(CertificateFiles.suites(context, settings.legacySuites())))
                .set(Options.SSL_ENABLED_PROTOCOLS, Sequence.of("TLSv1.3", "TLSv1.2"))
                .set(Options.SSL_CLIENT_AUTH_MODE, mode(settings.clientAuth()))
                .getMap();
    }

    /**
     * Uses other files, or the same ones as they are now, for new handshakes. Any thread.
     *
     * @throws GeneralSecurityException when they cannot be used, and nothing has changed; the message names the file
     */
    public synchronized void reload(TlsSettings next) throws IOException, GeneralSecurityException {
        String now;
        WatchedContext loaded;
        try {
            now = CertificateFiles.fingerprint(next);
            loaded = CertificateFiles.load(next);
        } catch (IOException | GeneralSecurityException | RuntimeException unusable) {
            reloadFailures++;
            throw unusable;
        }
        CertificateFiles.warnOfReadableKey(next);
        tellEngine(loaded, next);
        settings = next;
        use(loaded);
        options = options(loaded, next);
        fingerprint = now;
    }

    /** Ends the watching. */
    @Override
    public void close() {
        watcher.shutdownNow();
    }

    private synchronized void check() {
        String now = "";
        try {
            now = CertificateFiles.fingerprint(settings);
            if (!now.equals(fingerprint)) {
                use(CertificateFiles.load(settings));
                LOG.info("certificate {} loaded again", settings.certificate());
                CertificateFiles.warnOfReadableKey(settings);
            }
        } catch (IOException | GeneralSecurityException | RuntimeException unusable) {
            if (!now.equals(fingerprint)) {
                reloadFailures++;
                isUnusable = true;
                LOG.warn(
                        "certificate {} has changed and cannot be used, the old one stays: {}",
                        settings.certificate(),
                        unusable.toString());
            }
        }
        // Also after a failure: the same files are not tried, and complained of, twice.
        fingerprint = now;
    }

    private static SslClientAuthMode mode(TlsSettings.ClientAuth clientAuth) {
        return switch (clientAuth) {
            case NONE -> SslClientAuthMode.NOT_REQUESTED;
            case WANT -> SslClientAuthMode.REQUESTED;
            case NEED -> SslClientAuthMode.REQUIRED;
        };
    }
}
