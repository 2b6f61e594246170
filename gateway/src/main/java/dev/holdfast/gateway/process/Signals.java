// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM, SIGINT and SIGHUP. A shutdown hook would do but for two things: the JVM then ends with 143 although all went well,
 * and a second signal cannot hurry it. The JDK's own signal class is reached by reflection, since javac warns about it
 * and it may go one day; without it there are hooks.
 */
public final class Signals {
    private static final int KILLED_BY_SIGNAL = 128;

    private Signals() {}

    /** Runs the action at the first signal, on a thread of the JVM; at the second one the process ends at once. */
    public static void onTermination(Runnable action) {
        Once once = new Once(action);
        try {
            handle("TERM", once::run);
            handle("INT", once::run);
        } catch (ReflectiveOperationException e) {
            Runtime.getRuntime().addShutdownHook(new Thread(action, "shutdown"));
        }
    }

    /** Runs the action at each SIGHUP, on a thread of the JVM; a system without that signal never does. */
    public static void onHangUp(Runnable action) {
        try {
            handle("HUP", number -> action.run());
        } catch (ReflectiveOperationException e) {
            LoggerFactory.getLogger(Signals.class).debug("there is no SIGHUP here", e);
        }
    }

    private static void handle(String name, IntConsumer action) throws ReflectiveOperationException {
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Class<?> signal = Class.forName("sun.misc.Signal");
        Object proxy = Proxy.newProxyInstance(
                handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                    if (method.getName().equals("handle")) {
                        action.accept((int) signal.getMethod("getNumber").invoke(arguments[0]));
                    }
                    return null;
                });
        signal.getMethod("handle", signal, handler)
                .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    }

    /** Runs the action once; every later signal ends the process. */
    private static final class Once {
        private final Runnable action;
        private boolean ran;

        Once(Runnable action) {
            this.action = action;
        }

        synchronized void run(int number) {
            if (ran) {
                Runtime.getRuntime().halt(KILLED_BY_SIGNAL + number);
            }
            ran = true;
            action.run();
        }
    }
}
