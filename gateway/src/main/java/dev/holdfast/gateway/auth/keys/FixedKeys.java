// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import java.util.concurrent.CompletableFuture;

/** Keys that never change: those of the demo issuer, made at start. */
public record FixedKeys(KeySet current) implements KeySource {

    @Override
    public CompletableFuture<Search> search(String kid) {
        return CompletableFuture.completedFuture(Search.UNKNOWN);
    }

    @Override
    public CompletableFuture<Search> searchAgain(KeySet used) {
        return CompletableFuture.completedFuture(current() == used ? Search.UNKNOWN : Search.LOOK_AGAIN);
    }

    @Override
    public void reload() {}

    @Override
    public void close() {}
}
