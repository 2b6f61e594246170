// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import java.util.Locale;

/** The tag {@code op} of what the store did not do. */
public enum StoreOperation {
    /** A CONNECT takes or makes a session. */
    ATTACH,
    /** A connection leaves its session. */
    DETACH,
    /** What an acknowledgement waited for. */
    SESSION,
    /** Retained messages are read for a SUBSCRIBE. */
    RETAINED,
    /** A will is published and marked as such. */
    WILL,
    /** What sessions that ended have left to other members of shared subscriptions. */
    LEFTOVERS,
    /** Sessions whose time has passed are ended. */
    SWEEP,
    /** The sessions of a gateway that has gone are taken over. */
    INHERIT,
    /** This gateway says that it lives. */
    RENEW,
    /** This gateway joins the others. */
    JOIN,
    /** This gateway's lease has run out: it was taken for dead, and joins anew. */
    LEASE,
    /** It is asked which gateways live. */
    LIVING,
    /** Sessions of dead gateways are taken offline. */
    REAP;

    private final String tag = name().toLowerCase(Locale.ROOT);

    /** The tag. */
    public String tag() {
        return tag;
    }
}
