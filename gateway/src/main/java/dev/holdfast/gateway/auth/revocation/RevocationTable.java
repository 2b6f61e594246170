// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.revocation;

import dev.holdfast.gateway.auth.TokenRef;
import dev.holdfast.store.Revocation;
import dev.holdfast.store.Revocation.Kind;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Revocations at hand: two look-ups in a map answer for a token. Safe on any thread. */
public final class RevocationTable implements Revocations {
    private final InstantSource clock;
    private final ConcurrentHashMap<Revocation.Key, Revocation> revocations = new ConcurrentHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Empty. */
    public RevocationTable(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public boolean isRevoked(TokenRef token) {
        if (revocations.isEmpty()) {
            return false;
        }
        String id = token.id();
        return hits(Kind.SUBJECT, token.subject(), token) || (id != null && hits(Kind.TOKEN, id, token));
    }

    private boolean hits(Kind kind, String value, TokenRef token) {
        Revocation revocation = revocations.get(new Revocation.Key(kind, token.issuer(), value));
        if (revocation == null || !clock.instant().isBefore(revocation.until())) {
            return false;
        }
        Instant issuedAt = token.issuedAt();
        return kind == Kind.TOKEN || issuedAt == null || !issuedAt.isAfter(revocation.at());
    }

    @Override
    public Listening listen(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Holds one, in place of what was held of the same key. */
    public void put(Revocation revocation) {
        revocations.put(revocation.key(), revocation);
        listeners.forEach(Runnable::run);
    }

    /** Holds one no longer. */
    public void remove(Revocation.Key key) {
        revocations.remove(key);
    }

    /** Forgets those whose time is over. */
    public void forgetEnded() {
        Instant now = clock.instant();
        revocations.values().removeIf(each -> !now.isBefore(each.until()));
    }

    /** How many are held. */
    public int size() {
        return revocations.size();
    }

    /** Some of them, the newest first. */
    public List<Revocation> newest(int atMost) {
        return revocations.values().stream()
                .sorted(Comparator.comparing(Revocation::at).reversed())
                .limit(atMost)
                .toList();
    }
}
