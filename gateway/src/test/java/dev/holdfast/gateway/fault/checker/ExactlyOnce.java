// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Delivered;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** I2: what comes at QoS 2 comes once, but for repetitions that the client's own state shows to be such. */
final class ExactlyOnce implements Invariant {
    private final Map<String, BitSet> delivered = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Delivered one && one.qos() == 2 && !one.again()) {
            BitSet numbers =
                    delivered.computeIfAbsent(one.publisher() + " to " + one.subscriber(), key -> new BitSet());
            if (numbers.get(one.number())) {
                violations.accept("twice");
            }
            numbers.set(one.number());
        }
    }
}
