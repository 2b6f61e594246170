// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DisplacedConnection;

/** What a trace tells of a client that has been let in. Called for clients that are traced, on their connection's thread. */
final class AdmissionTrace {
    private AdmissionTrace() {}

    static void accepted(ClientTrace trace, Attached attached, String principal, boolean kept) {
        DisplacedConnection displaced = attached.displaced();
        trace.tell(
                "CONNECT accepted",
                "principal",
                principal,
                "session_present",
                attached.sessionPresent(),
                "kept",
                kept,
                "subscriptions",
                attached.subscriptions().size(),
                "queued",
                attached.nextSeq() - attached.firstSeq(),
                "dropped",
                attached.dropped(),
                "took_over_from",
                displaced == null ? "nobody" : displaced.gateway(),
                "discarded",
                attached.discarded() != null);
    }
}
