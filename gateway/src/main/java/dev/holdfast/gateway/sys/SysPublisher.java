// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.sys;

import dev.holdfast.gateway.codec.DecodeLimits;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.codec.PublishDraft;
import dev.holdfast.gateway.routing.Published;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Publishes messages of the gateway's own. Any thread. */
public final class SysPublisher {
    private static final String PUBLISHER = "$SYS";
    private static final int MOST_BYTES = 256 * 1024;
    private static final int FIRST_VISIBLE = 0x20;
    private static final int DELETE = 0x7F;

    private final Router router;
    private final List<SessionThread> threads;
    private final DecodeLimits limits;
    private final long origin = new SecureRandom().nextLong();
    private final AtomicLong count = new AtomicLong();

    /**
     * A publisher.
     *
     * @param threads all I/O threads, by index
     */
    public SysPublisher(Router router, List<SessionThread> threads, DecodeLimits limits) {
        this.router = router;
        this.threads = threads;
        this.limits = limits;
    }

    /**
     * Publishes.
     *
     * @param expirySeconds how long it is worth something; negative: for ever
     * @return as a PUBACK would; exceptionally if it was not done, since the topic is too long or the store is behind
     */
    CompletableFuture<Published> publish(String topic, String payload, int qos, boolean retain, long expirySeconds) {
        if (router.isBehind()) {
            return CompletableFuture.failedFuture(new IllegalStateException("too much waits for the store"));
        }
        Message message;
        try {
            message = new PublishDraft(
                            topic,
                            payload.getBytes(StandardCharsets.UTF_8),
                            qos,
                            retain,
                            expirySeconds,
                            true,
                            null,
                            null,
                            null,
                            List.of())
                    .toMessage(
                            MessageId.of(origin, count.incrementAndGet(), PUBLISHER),
                            limits,
                            MOST_BYTES,
                            System.currentTimeMillis());
        } catch (MalformedPacketException e) {
            return CompletableFuture.failedFuture(e);
        }
        SessionThread thread = threads.get(Math.floorMod(topic.hashCode(), threads.size()));
        return CompletableFuture.supplyAsync(() -> router.publish(thread, message, null, false, Debtor.NOBODY), thread)
                .thenCompose(published -> published);
    }

    /** A name as one level of a topic: what would end it, or be a wildcard, or is no visible character is written as {@code %2F}. */
    static String level(String name) {
        StringBuilder level = new StringBuilder(name.length());
        for (byte each : name.getBytes(StandardCharsets.UTF_8)) {
            boolean isPlain = each != '/' && each != '+' && each != '#' && each != '%';
            if (isPlain && each > FIRST_VISIBLE && each < DELETE) {
                level.append((char) each);
            } else {
                level.append(String.format(Locale.ROOT, "%%%02X", each & 0xFF));
            }
        }
        return level.toString();
    }
}
