// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

/**
 * The reason codes of MQTT 5 (section 2.4) that are no way in which a connection ends; those that are stand in
 * {@link dev.holdfast.gateway.client.Outcome}.
 */
public final class ReasonCode {
    /** PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK, AUTH. */
    public static final int SUCCESS = 0x00;

    /** PUBACK: the message was taken, and nobody subscribes to its topic. */
    public static final int NO_MATCHING_SUBSCRIBERS = 0x10;

    /** UNSUBACK: the client had no such subscription. */
    public static final int NO_SUBSCRIPTION_EXISTED = 0x11;

    /** AUTH: the client shows a new token. */
    public static final int RE_AUTHENTICATE = 0x19;

    /** The first code of a failure; in the SUBACK of MQTT 3.1.1 the only one [MQTT-3.9.3-2]. */
    public static final int UNSPECIFIED_ERROR = 0x80;

    /** PUBREL, PUBCOMP: no exchange at QoS 2 has this packet identifier. */
    public static final int PACKET_IDENTIFIER_NOT_FOUND = 0x92;

    private ReasonCode() {}

    /** Whether a code, 0 to 255, says that something was refused or failed. */
    public static boolean isFailure(int code) {
        return code >= UNSPECIFIED_ERROR;
    }
}
