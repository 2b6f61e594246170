// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import dev.holdfast.gateway.config.ConfigChange;
import java.util.concurrent.CompletionStage;

/** What an operator has a whole gateway do. Any thread; returns at once. */
public interface GatewayOrders {
    /** Begins to empty this gateway as SIGTERM does, and goes on to live without clients. Repeating it changes nothing. */
    void drain();

    /**
     * Reads the configuration again as SIGHUP does.
     *
     * @return what has changed; exceptionally with {@link NotUsable} if nothing has
     */
    CompletionStage<ConfigChange> reload();

    /** The configuration cannot be used: nothing has changed. */
    final class NotUsable extends RuntimeException {
        private static final long serialVersionUID = 1;

        /**
         * All that is wrong, for people.
         *
         * @param why may have several lines
         */
        public NotUsable(String why) {
            super(why);
        }
    }
}
