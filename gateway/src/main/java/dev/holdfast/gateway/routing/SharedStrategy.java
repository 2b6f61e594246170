// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

/** Which member of a shared subscription is tried first; one that cannot take a message passes it on. */
public enum SharedStrategy {
    /** Each in turn. */
    ROUND_ROBIN,
    /** Any. */
    RANDOM,
    /** The same one until it cannot. */
    STICKY,
    /** By the publisher's client identifier: one publisher's messages go to one member. */
    HASH_CLIENT_ID,
    /** One on the publisher's own thread, then each in turn. */
    LOCAL_FIRST
}
