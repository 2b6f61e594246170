// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import dev.holdfast.gateway.fault.checker.Event.Acked;
import dev.holdfast.gateway.fault.checker.Event.Published;
import dev.holdfast.gateway.fault.checker.Event.StoreAway;
import dev.holdfast.gateway.fault.checker.Event.StoreBack;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** I11: what is sent to a gateway that cannot reach the store is not acknowledged before it can. */
final class NoAckWithoutStore implements Invariant {
    /** By gateway that is cut off: what has been sent to it since. */
    private final Map<String, Set<String>> sentSince = new HashMap<>();

    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof StoreAway one) {
            sentSince.put(one.gateway(), new HashSet<>());
        } else if (event instanceof StoreBack one) {
            sentSince.remove(one.gateway());
        } else if (event instanceof Published one) {
            Set<String> since = sentSince.get(one.gateway());
            if (since != null) {
                since.add(key(one.publisher(), one.line(), one.number()));
            }
        } else if (event instanceof Acked one) {
            Set<String> since = sentSince.get(one.gateway());
            if (since != null && since.contains(key(one.publisher(), one.line(), one.number()))) {
                violations.accept("acknowledged while the store was away");
            }
        }
    }

    private static String key(String publisher, int line, int number) {
        return publisher + " " + line + " " + number;
    }
}
