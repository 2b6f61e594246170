// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.revocation;

import dev.holdfast.gateway.auth.TokenRef;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells live connections, which ask about once a second, whether their token has been revoked: a look at a number as
 * long as nothing has. Safe on any thread.
 */
public final class RevocationWatch implements AutoCloseable {
    private final Revocations revocations;
    private final Revocations.Listening listening;
    private final AtomicLong heard = new AtomicLong();

    /** Begins to listen. */
    public RevocationWatch(Revocations revocations) {
        this.revocations = revocations;
        this.listening = revocations.listen(heard::incrementAndGet);
    }

    /** Grows with every revocation. Whoever knows it need not ask {@link #isRevoked} until it has grown. */
    public long heard() {
        return heard.get();
    }

    /** Whether a token no longer counts. */
    public boolean isRevoked(TokenRef token) {
        return revocations.isRevoked(token);
    }

    @Override
    public void close() {
        listening.close();
    }
}
