// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.revocation;

import dev.holdfast.gateway.auth.TokenRef;
import dev.holdfast.store.Revocation;
import dev.holdfast.store.RevocationStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The revocations of the store, with a copy at hand that follows it: {@link #look} is to be called about twice a second.
 *
 * <p>While the store is away what is known goes on to hold. What is revoked meanwhile holds in this gateway at once, is
 * stored when the store is back, and then holds in the others; it is lost if this gateway ends before.
 *
 * <p>Safe on any thread.
 */
public final class StoredRevocations implements Revocations {
    /** How often {@link #look} is to be called; a connection notices within a second more. */
    public static final Duration LOOK_PERIOD = Duration.ofMillis(500);

    private static final Logger LOG = LoggerFactory.getLogger(StoredRevocations.class);
    private static final int PAGE = 500;
    private static final int MOST_NOT_STORED = 1_000;
    private static final long ANSWER_WITHIN_SECONDS = 2;
    private static final Duration TIDY_PERIOD = Duration.ofMinutes(1);

    private final RevocationStore store;
    private final InstantSource clock;
    private final RevocationTable table;
    private final Map<Revocation.Key, Revocation> notStored = new ConcurrentHashMap<>();
    private final AtomicBoolean looking = new AtomicBoolean();

    // Of the look under way; there is one at a time.
    private volatile long version;
    private volatile long tidiedAtMillis;

    /** What has become of a revocation. */
    public enum Kept {
        /** It is in the store: every gateway holds it within 2 s. */
        STORED,
        /** The store is away: it holds in this gateway, and in the others when the store is back. */
        HERE,
        /** There are too many; it does not hold. */
        REFUSED
    }

    /** Knows none until {@link #begin}. */
    public StoredRevocations(RevocationStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
        this.table = new RevocationTable(clock);
        this.tidiedAtMillis = clock.millis();
    }

    /** Reads what there is. A gateway lets nobody in before that is done. */
    public CompletionStage<Void> begin() {
        return read();
    }

    /** Takes over what has changed in the store, and stores what could not be stored before. Returns at once. */
    public void look() {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        readAgain().thenRun(this::storeAgain).whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.debug("revocations not read", failure);
            }
            looking.set(false);
        });
        long now = clock.millis();
        if (now - tidiedAtMillis >= TIDY_PERIOD.toMillis()) {
            tidiedAtMillis = now;
            table.forgetEnded();
            notStored.values().removeIf(each -> !clock.instant().isBefore(each.until()));
        }
    }

    @Override
    public boolean isRevoked(TokenRef token) {
        return table.isRevoked(token);
    }

    @Override
    public Listening listen(Runnable listener) {
        return table.listen(listener);
    }

    /** Revokes, here at once. The stage completes within some seconds and never exceptionally. */
    public CompletionStage<Kept> revoke(Revocation revocation) {
        Revocation.Key key = revocation.key();
        if (notStored.size() >= MOST_NOT_STORED) {
            tell(revocation, Kept.REFUSED);
            return CompletableFuture.completedFuture(Kept.REFUSED);
        }
        table.put(revocation);
        return inTime(store.revoke(revocation))
                .handle((kept, failure) -> {
                    if (failure != null) {
                        notStored.put(key, revocation);
                        return Kept.HERE;
                    }
                    if (!kept) {
                        table.remove(key);
                        return Kept.REFUSED;
                    }
                    return Kept.STORED;
                })
                .whenComplete((kept, failure) -> tell(revocation, kept));
    }

    private static void tell(Revocation revocation, Kept kept) {
        about(kept == Kept.REFUSED ? LOG.atWarn() : LOG.atInfo(), revocation.key())
                .addKeyValue("until", revocation.until())
                .log(
                        switch (kept) {
                            case STORED -> "revoked";
                            case HERE -> "revoked in this gateway, and in the others when the store is back";
                            case REFUSED -> "not revoked: there are too many revocations (limits.max-revocations)";
                        });
    }

    private static LoggingEventBuilder about(LoggingEventBuilder line, Revocation.Key key) {
        return line.addKeyValue("kind", key.kind().name().toLowerCase(Locale.ROOT))
                .addKeyValue("issuer", key.issuer())
                .addKeyValue("value", key.value());
    }

    /**
     * Takes one back.
     *
     * @return whether there was one; fails when the store is away, and then nothing is taken back
     */
    public CompletionStage<Boolean> lift(Revocation.Key key) {
        return inTime(store.lift(key)).thenApply(lifted -> {
            notStored.remove(key);
            table.remove(key);
            if (lifted) {
                about(LOG.atInfo(), key).log("revocation taken back");
            }
            return lifted;
        });
    }

    /** How many hold here. */
    public int size() {
        return table.size();
    }

    /** How many hold here and are not in the store yet. */
    public int notStored() {
        return notStored.size();
    }

    /** Some of those that hold here, the newest first. */
    public List<Revocation> newest(int atMost) {
        return table.newest(atMost);
    }

    private CompletionStage<Void> readAgain() {
        try {
            return read();
        } catch (RuntimeException fault) { // or there would be no further look
            return CompletableFuture.failedFuture(fault);
        }
    }

    private CompletionStage<Void> read() {
        return store.changesSince(version, PAGE).thenCompose(changes -> {
            changes.changes().forEach(this::take);
            version = changes.version();
            return changes.isAll() ? CompletableFuture.completedFuture(null) : read();
        });
    }

    private void take(RevocationStore.Change change) {
        Revocation revocation = change.revocation();
        if (!change.lifted()) {
            table.put(revocation);
        } else if (!notStored.containsKey(revocation.key())) {
            table.remove(revocation.key());
        }
    }

    private void storeAgain() {
        notStored.forEach((key, revocation) -> store.revoke(revocation).thenAccept(kept -> {
            notStored.remove(key, revocation);
            if (!kept) {
                LOG.warn("there are too many revocations: one holds in this gateway only");
            }
        }));
    }

    /** The lanes to a store that is away are patient; an operator is not. */
    private static <T> CompletableFuture<T> inTime(CompletionStage<T> stage) {
        return stage.toCompletableFuture().copy().orTimeout(ANSWER_WITHIN_SECONDS, TimeUnit.SECONDS);
    }
}
