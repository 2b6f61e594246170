// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.util.concurrent.CompletionStage;

/** Judges as another authenticator does, which may be changed while the gateway runs. Any thread. */
public final class CurrentAuthenticator implements Authenticator {
    private volatile Authenticator current;

    /** Judges as the given one. */
    public CurrentAuthenticator(Authenticator first) {
        current = first;
    }

    /** Whoever asks from now on is judged by another one. */
    public void become(Authenticator next) {
        current = next;
    }

    @Override
    public CompletionStage<Verdict> authenticate(Credentials credentials) {
        return current.authenticate(credentials);
    }

    @Override
    public boolean knowsMethod(String method) {
        return current.knowsMethod(method);
    }
}
