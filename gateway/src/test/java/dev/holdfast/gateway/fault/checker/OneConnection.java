// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Closed;
import dev.holdfast.gateway.fault.checker.Event.Opened;
import dev.holdfast.gateway.fault.checker.Event.TheEnd;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * I7: two seconds after a client has been accepted somewhere, its earlier connections have been closed; later only where
 * something was broken meanwhile.
 */
final class OneConnection implements Invariant {
    private static final long PATIENCE_MILLIS = 2_000;

    private final Troubles troubles = new Troubles();
    private final Map<String, Integer> current = new HashMap<>();
    /** By client and line: since when a later one has been there. */
    private final Map<String, Long> superseded = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        troubles.see(event);
        if (event instanceof Opened one) {
            Integer before = current.put(one.client(), one.line());
            if (before != null) {
                superseded.put(one.client() + " " + before, one.at());
            }
        } else if (event instanceof Closed one) {
            current.remove(one.client(), one.line());
            judge(one.client() + " " + one.line(), one.at(), violations);
        } else if (event instanceof TheEnd one) {
            for (String line : superseded.keySet().toArray(new String[0])) {
                judge(line, one.at(), violations);
            }
        }
    }

    private void judge(String line, long at, Consumer<String> violations) {
        Long since = superseded.remove(line);
        if (since != null && at - since > PATIENCE_MILLIS && !troubles.since(since)) {
            violations.accept("for " + (at - since) + " ms there were two connections, the earlier one " + line);
        }
    }
}
