// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What clients did and saw, and whether the gateways kept their word. Safe for any number of threads. */
final class History {
    /** Something that a client has done or seen. */
    sealed interface Event {}

    /** A client with a kept session was accepted; the first time there is none yet. */
    record Connected(String client, boolean first, boolean sessionPresent) implements Event {}

    /** A publisher has the last acknowledgement for a message. Its messages count from 1. */
    record Acknowledged(String publisher, int number) implements Event {}

    /** A subscriber has taken a message, which its own state did not show to be a repetition. */
    record Received(String subscriber, String publisher, int number) implements Event {}

    private final List<Event> events = new ArrayList<>();

    synchronized void add(Event event) {
        events.add(event);
    }

    /** How many different messages a subscriber has. */
    synchronized long received(String subscriber) {
        return events.stream()
                .filter(event ->
                        event instanceof Received one && one.subscriber().equals(subscriber))
                .distinct()
                .count();
    }

    /**
     * Everything that must not be.
     *
     * @param subscribers who subscribes to everything, with sessions that were there before the first message
     * @param exactlyOnce the publishers whose messages must not come twice
     */
    synchronized List<String> violations(Set<String> subscribers, Set<String> exactlyOnce) {
        List<String> violations = new ArrayList<>();
        Map<String, Set<Integer>> acknowledged = new HashMap<>();
        Map<String, Set<Integer>> received = new HashMap<>();
        Map<String, Integer> highest = new HashMap<>();
        for (Event event : events) {
            if (event instanceof Connected one && one.sessionPresent() == one.first()) {
                violations.add("session present was " + one.sessionPresent() + " for " + one);
            } else if (event instanceof Acknowledged one) {
                acknowledged
                        .computeIfAbsent(one.publisher(), key -> new TreeSet<>())
                        .add(one.number());
            } else if (event instanceof Received one) {
                String way = one.publisher() + " to " + one.subscriber();
                boolean isNew =
                        received.computeIfAbsent(way, key -> new HashSet<>()).add(one.number());
                if (!isNew && exactlyOnce.contains(one.publisher())) {
                    violations.add("twice: " + one);
                }
                if (isNew && one.number() < highest.getOrDefault(way, 0)) {
                    violations.add("out of order, after " + highest.get(way) + ": " + one);
                }
                highest.merge(way, one.number(), Math::max);
            }
        }
        acknowledged.forEach((publisher, numbers) -> subscribers.forEach(subscriber -> {
            Set<Integer> lost = new TreeSet<>(numbers);
            lost.removeAll(received.getOrDefault(publisher + " to " + subscriber, Set.of()));
            if (!lost.isEmpty()) {
                violations.add("lost from " + publisher + " to " + subscriber + ": " + lost);
            }
        }));
        return violations;
    }
}
