// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Delivered;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * I13: the will of a connection that was displaced comes before what its displacer says after its CONNACK; where something is
 * broken, the wait for it is bounded.
 */
public final class WillBeforeSuccessor implements Invariant {
    public static final String WILL = "-gone";
    public static final String WORD = "-here";

    private final Troubles troubles = new Troubles();
    /** By client and subscriber: the last life of which a word has come, and when. */
    private final Map<String, Delivered> words = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        troubles.see(event);
        if (!(event instanceof Delivered one) || one.again() || one.dup()) {
            return;
        }
        if (one.publisher().endsWith(WORD)) {
            words.merge(key(one, WORD), one, (before, now) -> now.number() > before.number() ? now : before);
        } else if (one.publisher().endsWith(WILL)) {
            Delivered word = words.get(key(one, WILL));
            if (word != null && one.number() < word.number() && !troubles.since(word.at())) {
                violations.accept("a will came after the word of life " + word.number());
            }
        }
    }

    private static String key(Delivered one, String ending) {
        String publisher = one.publisher();
        return publisher.substring(0, publisher.length() - ending.length()) + " to " + one.subscriber();
    }
}
