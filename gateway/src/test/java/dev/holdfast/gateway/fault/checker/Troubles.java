// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.FaultBegins;
import dev.holdfast.gateway.fault.checker.Event.FaultEnds;
import java.util.HashSet;
import java.util.Set;

/** Whether something is broken, or has been mended only now; for what holds in quiet times alone. */
final class Troubles {
    /** Leases run for 7.5 s, and those who wait look every second. */
    private static final long RECOVERY_MILLIS = 12_000;

    private final Set<String> going = new HashSet<>();
    private long lastEnd = -RECOVERY_MILLIS;

    void see(Event event) {
        if (event instanceof FaultBegins one) {
            going.add(one.what());
        } else if (event instanceof FaultEnds one) {
            going.remove(one.what());
            lastEnd = one.at();
        }
    }

    /** Whether there was trouble between then and now, or so shortly before that it may have been felt. */
    boolean since(long then) {
        return !going.isEmpty() || lastEnd + RECOVERY_MILLIS > then;
    }
}
