// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.session.StaleSessionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What stages answer, waited for. */
public final class Answers {
    private static final int PATIENCE_SECONDS = 20;

    private Answers() {}

    /** The value of a stage that is to complete normally. */
    public static <T> T of(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            throw new AssertionError("completed exceptionally: " + failure.getCause(), failure.getCause());
        } catch (InterruptedException | TimeoutException failure) {
            throw new AssertionError("no answer", failure);
        }
    }

    /** The failure of a stage that is to complete exceptionally. */
    public static Throwable failureOf(CompletionStage<?> stage) {
        try {
            Object value = stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            throw new AssertionError("completed normally: " + value);
        } catch (ExecutionException failure) {
            return failure.getCause() == null ? failure : failure.getCause();
        } catch (InterruptedException | TimeoutException failure) {
            throw new AssertionError("no answer", failure);
        }
    }

    /** A value that the test needs to be there. */
    public static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new AssertionError("nothing is there");
        }
        return value;
    }

    public static void assertStale(CompletionStage<?> stage) {
        assertThat(failureOf(stage)).isInstanceOf(StaleSessionException.class);
    }
}
