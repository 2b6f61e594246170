// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** A real store whose operations a test can watch, delay, fail or leave out. */
public final class InterceptedStore {
    private InterceptedStore() {}

    /** Decides what becomes of a call. */
    @FunctionalInterface
    public interface Interceptor {
        /** The answer to the call; {@link Call#proceed} gives that of the store. */
        @Nullable
        Object answer(Call call) throws Throwable;
    }

    /** One call of an operation. */
    public static final class Call {
        private final Object store;
        private final Method method;
        private final Object @Nullable [] arguments;

        private Call(Object store, Method method, Object @Nullable [] arguments) {
            this.store = store;
            this.method = method;
            this.arguments = arguments;
        }

        /** The name of the operation, such as {@code attach}. */
        public String operation() {
            return method.getName();
        }

        /** What the operation returns. */
        public Class<?> returns() {
            return method.getReturnType();
        }

        /** The first argument; null if there is none. */
        public @Nullable Object first() {
            return arguments == null || arguments.length == 0 ? null : arguments[0];
        }

        /** Calls the store; throws what it throws. */
        public @Nullable Object proceed() throws Throwable {
            try {
                return method.invoke(store, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause() == null ? e : e.getCause();
            }
        }
    }

    /** The store, with each call answered by the interceptor. */
    public static <S> S of(Class<S> contract, S store, Interceptor interceptor) {
        return contract.cast(Proxy.newProxyInstance(
                contract.getClassLoader(),
                new Class<?>[] {contract},
                (self, method, arguments) -> interceptor.answer(new Call(store, method, arguments))));
    }
}
