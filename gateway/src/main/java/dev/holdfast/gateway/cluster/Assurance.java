// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

/** What whoever tells another gateway something waits for. Where it goes by the other's inbox: until it stands there. */
enum Assurance {
    /** Nothing. */
    NONE,
    /**
     * That it is on the wire: the end of this process does not take it back, and if the other does not say that it has
     * read it, it goes to its inbox.
     */
    SENT,
    /** That the other has read it. */
    READ;

    Assurance or(Assurance other) {
        return compareTo(other) < 0 ? other : this;
    }
}
