// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Connecting;
import dev.holdfast.gateway.fault.checker.Event.GivenUp;
import dev.holdfast.gateway.fault.checker.Event.Opened;
import dev.holdfast.gateway.fault.checker.Event.StoreLost;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * I6: session present is said if, and only if, there is a session. A client whose first CONNECT was not answered cannot
 * tell. After the store has lost everything nobody has one, until it is made again.
 */
final class PresentIsTrue implements Invariant {
    private final Map<String, Integer> attempts = new HashMap<>();
    private final Set<String> kept = new HashSet<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Connecting one) {
            attempts.merge(one.client(), 1, Integer::sum);
        } else if (event instanceof Opened one) {
            if (kept.contains(one.client()) && !one.present()) {
                violations.accept("the session was not present");
            }
            if (!kept.contains(one.client()) && one.present() && attempts.getOrDefault(one.client(), 0) < 2) {
                violations.accept("a session was present that nobody had made");
            }
            kept.add(one.client());
        } else if (event instanceof StoreLost) {
            kept.clear();
            attempts.clear();
        } else if (event instanceof GivenUp one) {
            kept.remove(one.client());
        }
    }
}
