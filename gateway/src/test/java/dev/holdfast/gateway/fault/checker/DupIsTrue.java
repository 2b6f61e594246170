// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Delivered;
import dev.holdfast.gateway.fault.checker.Event.Opened;
import dev.holdfast.gateway.fault.checker.Event.Published;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * I5: DUP is set only on what may have been sent before, and always on what was. A message that was published after this
 * connection had been accepted cannot have been sent on an earlier one; one that has come under the same packet
 * identifier has been sent.
 */
final class DupIsTrue implements Invariant {
    private final Map<String, Integer> sent = new HashMap<>();
    /** By line of a subscriber: what had been published when it was accepted. */
    private final Map<String, Map<String, Integer>> sentBefore = new HashMap<>();
    /** By subscriber: what came last under a packet identifier. */
    private final Map<String, Map<Integer, String>> seen = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Published one) {
            sent.merge(one.publisher(), one.number(), Math::max);
        } else if (event instanceof Opened one) {
            sentBefore.put(one.client(), new HashMap<>(sent));
        } else if (event instanceof Delivered one && one.qos() > 0) {
            Map<String, Integer> before = sentBefore.getOrDefault(one.subscriber(), Map.of());
            if (one.dup()
                    && sent.containsKey(one.publisher())
                    && one.number() > before.getOrDefault(one.publisher(), 0)) {
                violations.accept("DUP, though it was published after this connection had been accepted");
            }
            String earlier = seen.computeIfAbsent(one.subscriber(), key -> new HashMap<>())
                    .put(one.packetId(), one.publisher() + " " + one.number());
            if (!one.dup() && (one.publisher() + " " + one.number()).equals(earlier)) {
                violations.accept("sent again without DUP [MQTT-3.3.1-1]");
            }
        }
    }
}
