// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Revocations inside one process. Each is forgotten after its time. */
public final class InMemoryRevocations implements Revocations {

    /** What is looked up. */
    private record Key(Revocation.Kind kind, String issuer, String value) {}

    private final InstantSource clock;
    private final ConcurrentHashMap<Key, Revocation> revocations = new ConcurrentHashMap<>();
    private final List<Consumer<Revocation>> listeners = new CopyOnWriteArrayList<>();

    /** Empty. */
    public InMemoryRevocations(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public boolean isRevoked(TokenRef token) {
        if (revocations.isEmpty()) {
            return false;
        }
        String id = token.id();
        return hits(new Key(Revocation.Kind.SUBJECT, token.issuer(), token.subject()), token)
                || (id != null && hits(new Key(Revocation.Kind.TOKEN, token.issuer(), id), token));
    }

    private boolean hits(Key key, TokenRef token) {
        Revocation revocation = revocations.get(key);
        return revocation != null && clock.instant().isBefore(revocation.until()) && revocation.hits(token);
    }

    @Override
    public void revoke(Revocation revocation) {
        Instant now = clock.instant();
        revocations.values().removeIf(each -> !now.isBefore(each.until()));
        revocations.merge(
                new Key(revocation.kind(), revocation.issuer(), revocation.value()),
                revocation,
                InMemoryRevocations::wider);
        listeners.forEach(listener -> listener.accept(revocation));
    }

    @Override
    public Listening listen(Consumer<Revocation> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** How many are remembered. */
    public int size() {
        return revocations.size();
    }

    private static Revocation wider(Revocation a, Revocation b) {
        return new Revocation(
                a.kind(),
                a.issuer(),
                a.value(),
                a.at().isAfter(b.at()) ? a.at() : b.at(),
                a.until().isAfter(b.until()) ? a.until() : b.until());
    }
}
