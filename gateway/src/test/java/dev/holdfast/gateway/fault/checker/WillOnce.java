// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Armed;
import dev.holdfast.gateway.fault.checker.Event.Delivered;
import dev.holdfast.gateway.fault.checker.Event.End;
import dev.holdfast.gateway.fault.checker.Event.Ended;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** I8: a will is delivered once after its client's life has ended without DISCONNECT, and never after one with it. */
final class WillOnce implements Invariant {
    private final Map<String, End> ends = new HashMap<>();
    private final Map<String, Integer> wills = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Armed one) {
            ends.put(one.client(), End.UNKNOWN);
        } else if (event instanceof Ended one) {
            ends.put(one.client(), one.how());
        } else if (event instanceof Delivered one && ends.containsKey(one.publisher()) && !one.again()) {
            if (wills.merge(one.publisher() + " to " + one.subscriber(), 1, Integer::sum) > 1) {
                violations.accept("a will came twice");
            }
            wills.put(one.publisher(), 1);
            if (ends.get(one.publisher()) == End.CLEAN) {
                violations.accept("a will came after DISCONNECT");
            }
        }
    }

    @Override
    public void end(Consumer<String> violations) {
        ends.forEach((client, how) -> {
            if (how == End.ABNORMAL && !wills.containsKey(client)) {
                violations.accept("the will of " + client + " never came");
            }
        });
    }
}
