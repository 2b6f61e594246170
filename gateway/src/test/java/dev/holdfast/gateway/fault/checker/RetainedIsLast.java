// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Acked;
import dev.holdfast.gateway.fault.checker.Event.Found;
import dev.holdfast.gateway.fault.checker.Event.Published;
import dev.holdfast.gateway.fault.checker.Event.Reading;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * I9: whoever asks finds the last retained message that was accepted before, or a later one. One publisher a topic.
 */
final class RetainedIsLast implements Invariant {
    private final Map<String, String> topicOf = new HashMap<>();
    private final Map<String, Integer> sent = new HashMap<>();
    private final Map<String, Integer> accepted = new HashMap<>();
    private final Map<String, Integer> leastFor = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Published one && one.retain()) {
            topicOf.put(one.publisher() + " " + one.number(), one.topic());
            sent.merge(one.topic(), one.number(), Math::max);
        } else if (event instanceof Acked one) {
            String topic = topicOf.remove(one.publisher() + " " + one.number());
            if (topic != null) {
                accepted.merge(topic, one.number(), Math::max);
            }
        } else if (event instanceof Reading one) {
            leastFor.put(one.reader() + " " + one.topic(), accepted.getOrDefault(one.topic(), 0));
        } else if (event instanceof Found one) {
            int least = leastFor.getOrDefault(one.reader() + " " + one.topic(), 0);
            int most = sent.getOrDefault(one.topic(), 0);
            if (one.number() < least || one.number() > most) {
                violations.accept("not one of " + least + " to " + most);
            }
        }
    }
}
