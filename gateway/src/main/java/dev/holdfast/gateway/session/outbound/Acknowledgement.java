// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

/** What an acknowledgement of the client was to its session. */
public enum Acknowledgement {
    /** It was awaited, or repeats one that was. */
    TAKEN,
    /** Nothing with its packet identifier is in flight. */
    UNKNOWN,
    /** A message with its packet identifier is in flight and awaits another packet: the client is mistaken. */
    WRONG;

    /**
     * What an acknowledgement is that was not awaited.
     *
     * @param state how far the exchange has come
     * @param acknowledged the state that the acknowledgement would have ended
     */
    static Acknowledgement unexpected(InflightWindow.State state, InflightWindow.State acknowledged) {
        return switch (state) {
            case DONE -> UNKNOWN;
            // A PUBCOMP that comes while the release is being stored has not waited for PUBREL.
            case RELEASING, AWAITING_PUBCOMP -> acknowledged == InflightWindow.State.AWAITING_PUBREC ? TAKEN : WRONG;
            default -> WRONG;
        };
    }
}
