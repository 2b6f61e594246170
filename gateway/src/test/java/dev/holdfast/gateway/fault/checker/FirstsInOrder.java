// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Delivered;
import dev.holdfast.gateway.fault.checker.Event.Subscribed;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** I3: by publisher, topic, QoS and subscriber, first deliveries come in the order in which they were sent. */
final class FirstsInOrder implements Invariant {
    private final Map<String, BitSet> delivered = new HashMap<>();
    /** Members of shared subscriptions get what others have left, which is older. */
    private final Set<String> members = new HashSet<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Subscribed one && one.filter().startsWith("$share/")) {
            members.add(one.client());
        } else if (event instanceof Delivered one && one.qos() > 0 && !members.contains(one.subscriber())) {
            BitSet numbers = delivered.computeIfAbsent(
                    one.publisher() + " " + one.topic() + " " + one.qos() + " " + one.subscriber(),
                    key -> new BitSet());
            if (!numbers.get(one.number()) && numbers.length() > one.number()) {
                violations.accept("out of order, after " + (numbers.length() - 1));
            }
            numbers.set(one.number());
        }
    }
}
