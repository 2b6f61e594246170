// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.unit;

import dev.holdfast.store.session.SessionStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A session store that does each operation at once, as Redis does when it gets it, and answers some of them only when the
 * test says so: one after the other, or crosswise.
 */
public final class HeldAnswers {
    /** One answer on its way. */
    private record Answer(CompletionStage<?> real, CompletableFuture<Object> given) {}

    private final SessionStore store;
    private final SessionStore facade;
    private final Set<String> held = new HashSet<>();
    private final Set<String> lost = new HashSet<>();
    private final List<Answer> waiting = new ArrayList<>();

    HeldAnswers(SessionStore store) {
        this.store = store;
        this.facade = (SessionStore) Proxy.newProxyInstance(
                SessionStore.class.getClassLoader(), new Class<?>[] {SessionStore.class}, this::invoke);
    }

    private Object invoke(Object self, Method method, Object[] arguments) throws Throwable {
        if (lost.contains(method.getName())) {
            return new CompletableFuture<>();
        }
        Object answer;
        try {
            answer = method.invoke(store, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        if (!held.contains(method.getName())) {
            return answer;
        }
        Answer later = new Answer((CompletionStage<?>) answer, new CompletableFuture<>());
        waiting.add(later);
        return later.given();
    }

    /** The store for the gateway. */
    SessionStore facade() {
        return facade;
    }

    /** Has the answers to an operation of this name wait from now on. */
    public void hold(String operation) {
        held.add(operation);
    }

    /** Has operations of this name neither done nor answered from now on, as when the gateway dies before it asks. */
    public void lose(String operation) {
        lost.add(operation);
    }

    /** Has nothing wait or be lost any more, and gives every answer that does, in order. */
    public void release() {
        held.clear();
        lost.clear();
        while (!waiting.isEmpty()) {
            answer(0);
        }
    }

    /** How many answers wait. */
    public int waiting() {
        return waiting.size();
    }

    /** Gives one of the answers that wait; 0 is the oldest. */
    public void answer(int index) {
        Answer next = waiting.remove(index);
        next.real().whenComplete((result, failure) -> {
            if (failure == null) {
                next.given().complete(result);
            } else {
                next.given().completeExceptionally(failure);
            }
        });
    }

    /** Has one of the operations fail, though it may have been done. */
    public void fail(int index, Throwable why) {
        waiting.remove(index).given().completeExceptionally(why);
    }
}
