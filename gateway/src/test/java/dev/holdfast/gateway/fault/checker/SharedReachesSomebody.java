// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Acked;
import dev.holdfast.gateway.fault.checker.Event.Delivered;
import dev.holdfast.gateway.fault.checker.Event.Published;
import dev.holdfast.gateway.fault.checker.Event.StoreLost;
import dev.holdfast.gateway.fault.checker.Event.StoreWentBack;
import dev.holdfast.gateway.fault.checker.Event.Subscribed;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * I15: what was acknowledged at QoS 1 after a shared subscription had its first member reaches a member, however many of
 * them have ended their sessions with it unacknowledged. At QoS 2 it may end with the one that it was begun for
 * [MQTT-4.8.2-5].
 */
final class SharedReachesSomebody implements Invariant {
    private static final String SHARE = "$share/";

    private final Set<String> members = new HashSet<>();
    private final Map<String, Integer> sent = new HashMap<>();
    private final Map<String, Integer> notBefore = new HashMap<>();
    private final Map<String, BitSet> owed = new HashMap<>();
    private final Map<String, BitSet> delivered = new HashMap<>();
    private final Set<String> publishers = new HashSet<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Subscribed one && one.filter().startsWith(SHARE)) {
            if (members.isEmpty()) {
                notBefore.putAll(sent);
            }
            members.add(one.client());
        } else if (event instanceof Published one) {
            sent.merge(one.publisher(), one.number(), Math::max);
            if (one.qos() == 1 && one.topic().startsWith("rig/")) {
                publishers.add(one.publisher());
            }
        } else if (event instanceof Acked one && !members.isEmpty() && publishers.contains(one.publisher())) {
            owed.computeIfAbsent(one.publisher(), key -> new BitSet()).set(one.number());
        } else if (event instanceof Delivered one && members.contains(one.subscriber())) {
            delivered.computeIfAbsent(one.publisher(), key -> new BitSet()).set(one.number());
        } else if (event instanceof StoreLost || event instanceof StoreWentBack) {
            notBefore.putAll(sent);
        }
    }

    @Override
    public void end(Consumer<String> violations) {
        owed.forEach((publisher, numbers) -> {
            BitSet lost = (BitSet) numbers.clone();
            lost.clear(0, notBefore.getOrDefault(publisher, 0) + 1);
            lost.andNot(delivered.getOrDefault(publisher, new BitSet()));
            if (!lost.isEmpty()) {
                violations.accept("reached no member from " + publisher + ": " + lost.cardinality() + " from "
                        + lost.nextSetBit(0));
            }
        });
    }
}
