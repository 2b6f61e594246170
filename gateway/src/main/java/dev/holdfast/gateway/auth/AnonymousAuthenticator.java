// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lets everybody in as {@link Identity#ANONYMOUS}, whatever they show. */
public final class AnonymousAuthenticator implements Authenticator {
    private static final CompletableFuture<Verdict> EVERYBODY =
            CompletableFuture.completedFuture(new Verdict.Accepted(Identity.ANONYMOUS));

    /** Makes one. */
    public AnonymousAuthenticator() {
        // Nothing to remember.
    }

    @Override
    public CompletionStage<Verdict> authenticate(Credentials credentials) {
        return EVERYBODY;
    }

    @Override
    public boolean knowsMethod(String method) {
        return false;
    }
}
