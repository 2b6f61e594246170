// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.gateway.transport.Loop;
import dev.holdfast.gateway.transport.socket.LoopLocal;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The TLS handshakes of one loop, which take turns with everything else: of those that are ready together some are done at once, for
 * {@value #AT_ONCE_MICROS} microseconds, and the others one by one in rounds of long work, with all sockets in between. A step of a handshake
 * takes up to 0.2 ms with an elliptic curve and 1 ms with RSA. On the loop.
 */
final class HandshakeTurns {
    static final LoopLocal<HandshakeTurns> OF_LOOP = new LoopLocal<>(HandshakeTurns::new);

    private static final long AT_ONCE_MICROS = 500;
    private static final long AT_ONCE_NANOS = TimeUnit.MICROSECONDS.toNanos(AT_ONCE_MICROS);

    private final Loop loop;
    /** Each belongs to a stranger, whose number is bounded. */
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    private long spentNanos;
    private boolean isTurnWatched;

    HandshakeTurns(Loop loop) {
        this.loop = loop;
    }

    /** Does a step at once, if this turn has time for it, or in its turn. */
    void take(Runnable step) {
        if (waiting.isEmpty() && spentNanos < AT_ONCE_NANOS) {
            if (!isTurnWatched) {
                isTurnWatched = true;
                loop.atTurnEnd(this::turnEnded);
            }
            long begun = loop.nanoTime();
            try {
                step.run();
            } finally {
                spentNanos += loop.nanoTime() - begun;
            }
        } else {
            takeLater(step);
        }
    }

    /** Does a step in its turn. */
    void takeLater(Runnable step) {
        waiting.add(step);
        if (waiting.size() == 1) {
            loop.gradually(this, this::next);
        }
    }

    private boolean next() {
        boolean isDone = false;
        try {
            waiting.element().run();
            isDone = true;
        } finally {
            waiting.remove();
            if (!isDone && !waiting.isEmpty()) {
                loop.gradually(this, this::next); // for the others: long work that has failed is over
            }
        }
        return waiting.isEmpty();
    }

    private void turnEnded() {
        isTurnWatched = false;
        spentNanos = 0;
    }
}
