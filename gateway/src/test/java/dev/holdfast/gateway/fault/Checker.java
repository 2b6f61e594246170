// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Whether the gateways kept their word, judged by a history alone. */
final class Checker {
    private static final int MOST_TOLD = 20;

    private Checker() {}

    /** Everything that must not be, each beginning with the number of its invariant; so many of each at the most. */
    static List<String> check(Stream<Event> history) {
        Map<String, Invariant> invariants = new LinkedHashMap<>();
        invariants.put("I1", new AckedIsDelivered());
        invariants.put("I2", new ExactlyOnce());
        invariants.put("I3", new FirstsInOrder());
        invariants.put("I4", new NothingInvented());
        invariants.put("I5", new DupIsTrue());
        invariants.put("I6", new PresentIsTrue());
        invariants.put("I7", new OneConnection());
        invariants.put("I8", new WillOnce());
        invariants.put("I9", new RetainedIsLast());
        invariants.put("I10", new NothingRemains());
        invariants.put("I11", new NoAckWithoutStore());
        invariants.put("I12", new ReadyIsTrue());
        List<String> all = new ArrayList<>();
        Map<String, List<String>> found = new LinkedHashMap<>();
        invariants.keySet().forEach(name -> found.put(name, new ArrayList<>()));
        for (Iterator<Event> events = history.iterator(); events.hasNext(); ) {
            Event event = events.next();
            invariants.forEach((name, invariant) ->
                    invariant.see(event, what -> found.get(name).add(name + " " + what + ": " + event)));
        }
        invariants.forEach(
                (name, invariant) -> invariant.end(what -> found.get(name).add(name + " " + what)));
        found.forEach((name, violations) -> {
            violations.stream().limit(MOST_TOLD).forEach(all::add);
            if (violations.size() > MOST_TOLD) {
                all.add(name + " and " + (violations.size() - MOST_TOLD) + " more");
            }
        });
        return all;
    }
}
