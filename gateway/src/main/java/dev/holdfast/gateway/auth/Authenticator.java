// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.util.concurrent.CompletionStage;

/** Turns credentials into a verdict. Called on an I/O thread and never blocks it. */
public interface Authenticator {

    /**
     * Judges the credentials of a CONNECT, or of a re-authentication.
     *
     * @return the verdict, on any thread; an exceptional completion means that nobody could judge now, and the
     *     client is told Server unavailable
     */
    CompletionStage<Verdict> authenticate(Credentials credentials);

    /** Whether this Authentication Method of MQTT 5 enhanced authentication is known (MQTT 5.0 section 4.12). */
    boolean knowsMethod(String method);
}
