// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Whether the gateways kept their word, judged by a history alone. */
public final class Checker {
    private static final int MOST_TOLD = 20;
    /** What holds of one history of the store; where it came back to an older state, there are two. */
    private static final Set<String> OF_ONE_HISTORY = Set.of("I2", "I3", "I5", "I6", "I8", "I9", "I10");

    private Checker() {}

    /** Everything that must not be, each beginning with the number of its invariant; so many of each at the most. */
    static List<String> check(Stream<Event> history) {
        List<Judge> judges = new ArrayList<>(List.of(
                new Judge("I1", new AckedIsDelivered()),
                new Judge("I2", new ExactlyOnce()),
                new Judge("I3", new FirstsInOrder()),
                new Judge("I4", new NothingInvented()),
                new Judge("I5", new DupIsTrue()),
                new Judge("I6", new PresentIsTrue()),
                new Judge("I7", new OneConnection()),
                new Judge("I8", new WillOnce()),
                new Judge("I9", new RetainedIsLast()),
                new Judge("I10", new NothingRemains()),
                new Judge("I11", new NoAckWithoutStore()),
                new Judge("I12", new ReadyIsTrue()),
                new Judge("I13", new WillBeforeSuccessor()),
                new Judge("I14", new ShownIsLast()),
                new Judge("I15", new SharedReachesSomebody())));
        for (Iterator<Event> events = history.iterator(); events.hasNext(); ) {
            Event event = events.next();
            if (event instanceof Event.StoreWentBack) {
                judges.removeIf(judge -> OF_ONE_HISTORY.contains(judge.name));
            }
            judges.forEach(judge -> judge.see(event));
        }
        List<String> all = new ArrayList<>();
        judges.forEach(judge -> all.addAll(judge.verdict()));
        return all;
    }

    /** An invariant, and what it has complained of. */
    private static final class Judge {
        private final String name;
        private final Invariant invariant;
        private final List<String> told = new ArrayList<>();
        private int untold;

        Judge(String name, Invariant invariant) {
            this.name = name;
            this.invariant = invariant;
        }

        void see(Event event) {
            invariant.see(event, what -> tell(name + " " + what + ": " + event));
        }

        List<String> verdict() {
            invariant.end(what -> tell(name + " " + what));
            if (untold > 0) {
                told.add(name + " and " + untold + " more");
            }
            return told;
        }

        private void tell(String violation) {
            if (told.size() < MOST_TOLD) {
                told.add(violation);
            } else {
                untold++;
            }
        }
    }
}
