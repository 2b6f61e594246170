// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import java.util.Locale;

/** The tag {@code cause} of a topic filter that SUBACK refuses. */
public enum FilterRefusal {
    /** The client may not subscribe to it. */
    NOT_AUTHORIZED,
    /** It is not well-formed, or too long or deep. */
    INVALID,
    /** One more than a session, or a shared subscription, may have. */
    SUBSCRIPTIONS,
    /** One more than a SUBSCRIBE may have. */
    FILTERS_PER_SUBSCRIBE,
    /** There is no memory for one more. */
    MEMORY;

    private final String tag = name().toLowerCase(Locale.ROOT);

    /** The tag. */
    public String tag() {
        return tag;
    }
}
