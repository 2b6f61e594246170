// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Ready;
import dev.holdfast.gateway.fault.checker.Event.Silenced;
import dev.holdfast.gateway.fault.checker.Event.Speaking;
import dev.holdfast.gateway.fault.checker.Event.StoreAway;
import dev.holdfast.gateway.fault.checker.Event.StoreBack;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * I12: a gateway says that it is not ready two seconds after it has lost the store, and that it is five seconds after it
 * has it back. What a gateway says that was stopped itself counts again five seconds after it has gone on. A busy machine may
 * hold up the store's answers to a gateway for a moment, of which it then says what is true.
 */
final class ReadyIsTrue implements Invariant {
    private static final long LOSS_MILLIS = 2_000;
    private static final long RETURN_MILLIS = 5_000;
    private static final long MOMENT_MILLIS = 3_000;

    private final Map<String, Long> awaySince = new HashMap<>();
    private final Map<String, Long> wellSince = new HashMap<>();
    private final Set<String> silent = new HashSet<>();
    private final Map<String, Long> unreadySince = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof StoreAway one) {
            awaySince.put(one.gateway(), one.at());
        } else if (event instanceof StoreBack one) {
            awaySince.remove(one.gateway());
            wellSince.put(one.gateway(), one.at());
        } else if (event instanceof Silenced one) {
            silent.add(one.gateway());
        } else if (event instanceof Speaking one) {
            silent.remove(one.gateway());
            wellSince.put(one.gateway(), one.at());
        } else if (event instanceof Ready one && !silent.contains(one.gateway())) {
            Long away = awaySince.get(one.gateway());
            if (away == null && !one.ready() && one.at() - wellSince.getOrDefault(one.gateway(), 0L) > RETURN_MILLIS) {
                if (one.at() - unreadySince.computeIfAbsent(one.gateway(), id -> one.at()) > MOMENT_MILLIS) {
                    violations.accept("not ready though the store is there");
                }
            } else {
                unreadySince.remove(one.gateway());
            }
            if (away != null && one.ready() && one.at() - away > LOSS_MILLIS) {
                violations.accept("ready though the store has been away for " + (one.at() - away) + " ms");
            }
        }
    }
}
