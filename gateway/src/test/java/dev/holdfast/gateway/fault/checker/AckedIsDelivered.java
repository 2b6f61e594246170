// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Acked;
import dev.holdfast.gateway.fault.checker.Event.Delivered;
import dev.holdfast.gateway.fault.checker.Event.GivenUp;
import dev.holdfast.gateway.fault.checker.Event.Published;
import dev.holdfast.gateway.fault.checker.Event.StoreWentBack;
import dev.holdfast.gateway.fault.checker.Event.Subscribed;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * I1: what was acknowledged at QoS 1 or 2 is delivered to everybody who had subscribed before it was first sent, at
 * least once. Where the store came back to an older state that is so of what was first sent after it.
 */
final class AckedIsDelivered implements Invariant {
    private final Map<String, Integer> sent = new HashMap<>();
    private final Map<String, String> topics = new HashMap<>();
    private final Map<String, BitSet> acked = new HashMap<>();
    private final Map<String, Owed> owed = new HashMap<>();

    /** What is owed to a subscriber. */
    private static final class Owed {
        private final Map<String, String> filters = new HashMap<>();
        private final Map<String, Integer> notBefore = new HashMap<>();
        private final Map<String, BitSet> delivered = new HashMap<>();
    }

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Subscribed one) {
            Owed to = owed.computeIfAbsent(one.client(), key -> new Owed());
            to.filters.put(one.filter(), one.filter());
            sent.forEach(to.notBefore::putIfAbsent);
        } else if (event instanceof Published one) {
            sent.merge(one.publisher(), one.number(), Math::max);
            topics.putIfAbsent(one.publisher(), one.topic());
        } else if (event instanceof Acked one) {
            acked.computeIfAbsent(one.publisher(), key -> new BitSet()).set(one.number());
        } else if (event instanceof Delivered one) {
            owed.computeIfAbsent(one.subscriber(), key -> new Owed())
                    .delivered
                    .computeIfAbsent(one.publisher(), key -> new BitSet())
                    .set(one.number());
        } else if (event instanceof StoreWentBack) {
            owed.values()
                    .forEach(to ->
                            sent.forEach((publisher, number) -> to.notBefore.merge(publisher, number, Math::max)));
        } else if (event instanceof GivenUp one) {
            Owed to = owed.remove(one.client());
            if (to != null) {
                judge(one.client(), to, violations);
            }
        }
    }

    @Override
    public void end(Consumer<String> violations) {
        owed.forEach((subscriber, to) -> judge(subscriber, to, violations));
    }

    private void judge(String subscriber, Owed to, Consumer<String> violations) {
        acked.forEach((publisher, numbers) -> {
            String topic = topics.getOrDefault(publisher, "");
            if (to.filters.keySet().stream().noneMatch(filter -> matches(filter, topic))) {
                return;
            }
            BitSet lost = (BitSet) numbers.clone();
            lost.clear(0, to.notBefore.getOrDefault(publisher, 0) + 1);
            lost.andNot(to.delivered.getOrDefault(publisher, new BitSet()));
            if (!lost.isEmpty()) {
                violations.accept("lost from " + publisher + " to " + subscriber + ": " + lost.cardinality() + " "
                        + summary(lost));
            }
        });
    }

    private static String summary(BitSet numbers) {
        String text = numbers.toString();
        return text.length() > 200 ? text.substring(0, 200) + "..." : text;
    }

    /** The rig's filters are a name, or a name and {@code /#}. */
    private static boolean matches(String filter, String topic) {
        return filter.endsWith("/#")
                ? topic.startsWith(filter.substring(0, filter.length() - 1))
                : filter.equals(topic);
    }
}
