// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.util.Arrays;
import java.util.List;

/** What an {@link Authenticator} says. */
public sealed interface Verdict {

    /**
     * The client is who it says.
     *
     * @param identity who, and what it may do
     */
    record Accepted(Identity identity) implements Verdict {}

    /**
     * The client stays outside. It is told the kind, never which check failed.
     *
     * @param kind what the client is told
     * @param why for the metric and the log of the operator: a short constant such as {@code expired} or
     *     {@code signature}, never a part of the credentials
     * @param isFailedLogin whether the credentials may have been guessed; not if they were good once, nor if the reason
     *     is on our side
     */
    record Refused(Kind kind, String why, boolean isFailedLogin) implements Verdict {
        /** Of a renewal: the token is good, and of somebody else. */
        public static final Refused OTHER_PRINCIPAL = TokenRefusal.OTHER_PRINCIPAL.verdict();

        /** Nobody could judge it. */
        public static final Refused NOT_JUDGED = TokenRefusal.NOT_JUDGED.verdict();

        /** It was not looked at. */
        public static final Refused BUSY = TokenRefusal.BUSY.verdict();

        /** Every {@code why} that there can be. */
        public static List<String> reasons() {
            return Arrays.stream(TokenRefusal.values())
                    .map(TokenRefusal::constant)
                    .toList();
        }

        /** The reason in words, for the operator. */
        public String words() {
            return TokenRefusal.words(why);
        }
    }

    /** What a refused client is told. */
    enum Kind {
        /** MQTT 5: Bad User Name or Password; MQTT 3.1.1: return code 4. */
        BAD_CREDENTIALS,
        /** MQTT 5: Not authorized; MQTT 3.1.1: return code 5. */
        NOT_AUTHORIZED,
        /** MQTT 5: Server unavailable; MQTT 3.1.1: return code 3. */
        SERVER_UNAVAILABLE
    }
}
