// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.entries;

/**
 * How far an entry must have got before its future completes. An entry that goes by the other gateway's inbox has got far enough for
 * all of them when it is in the inbox.
 */
public enum Assurance {
    /** Completes at once. */
    NONE,
    /**
     * The kernel has taken the entry for the link, so that it arrives even if this process ends. If the other gateway does not
     * acknowledge it, the entry goes to its inbox.
     */
    SENT,
    /** The other gateway has acknowledged that it has read the entry. */
    READ;

    Assurance or(Assurance other) {
        return compareTo(other) < 0 ? other : this;
    }
}
