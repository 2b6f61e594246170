// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Armed;
import dev.holdfast.gateway.fault.checker.Event.Delivered;
import dev.holdfast.gateway.fault.checker.Event.Published;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** I4: nothing is delivered that was not published, and its topic and payload are what they were. */
final class NothingInvented implements Invariant {
    /** So many of a publisher's latest messages are compared whole; of those before, that they had been published. */
    private static final int REMEMBERED = 65_536;

    private final Map<String, Integer> sent = new HashMap<>();
    private final Map<String, Map<Integer, String>> latest = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Published one) {
            remember(one.publisher(), one.number(), one.topic() + " " + one.payload());
        } else if (event instanceof Armed one) {
            remember(one.client(), 1, one.topic() + " " + one.payload());
        } else if (event instanceof Delivered one) {
            if (one.number() < 1 || one.number() > sent.getOrDefault(one.publisher(), 0)) {
                violations.accept("never published");
                return;
            }
            String known = latest.getOrDefault(one.publisher(), Map.of()).get(one.number());
            if (known != null && !Objects.equals(known, one.topic() + " " + one.payload())) {
                violations.accept("published as " + known);
            }
        }
    }

    private void remember(String publisher, int number, String message) {
        sent.merge(publisher, number, Math::max);
        Map<Integer, String> known = latest.computeIfAbsent(publisher, key -> new HashMap<>());
        known.put(number, message);
        known.remove(number - REMEMBERED);
    }
}
