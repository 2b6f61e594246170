// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

/**
 * Something with many messages for one session, which hands over some whenever the session is ready for more, so that
 * neither memory nor the queue limit suffers. Called on the session's thread.
 */
@FunctionalInterface
public interface PacedSource {

    /** Hands over a few messages; says whether there are more. */
    boolean more();

    /** This source, and after it another one. */
    default PacedSource then(PacedSource other) {
        return new PacedSource() {
            private boolean firstDone;

            @Override
            public boolean more() {
                if (!firstDone) {
                    firstDone = !PacedSource.this.more();
                    return true;
                }
                return other.more();
            }
        };
    }
}
