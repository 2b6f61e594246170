// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import java.util.concurrent.CompletionStage;

/** What serves one kind of request. */
@FunctionalInterface
public interface Operation {
    /**
     * Serves a request, on a worker thread of the internal listener.
     *
     * @return the answer, on any thread; exceptionally with a {@link Problem}, or with what the store failed with
     * @throws Problem when it can be refused at once
     */
    public CompletionStage<Answer> run(Request request) throws Problem;
}
