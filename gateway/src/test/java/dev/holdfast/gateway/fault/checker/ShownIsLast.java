// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Shown;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** I14: on one connection a topic never goes back, however often it is asked for. One publisher a topic, numbers that grow. */
final class ShownIsLast implements Invariant {
    private final Map<String, Integer> last = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Shown one) {
            Integer before = last.put(one.dashboard() + " " + one.line() + " " + one.topic(), one.number());
            if (before != null && before > one.number()) {
                violations.accept("the past after " + before);
            }
        }
    }
}
