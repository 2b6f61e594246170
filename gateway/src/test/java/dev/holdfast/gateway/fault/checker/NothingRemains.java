// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import java.util.function.Consumer;

/** I10: after everything has expired there is no key left. */
final class NothingRemains implements Invariant {
    @Override
    public void see(Event event, Consumer<String> violations) {
        if (event instanceof Event.Remaining) {
            violations.accept("a key has been left behind");
        }
    }
}
