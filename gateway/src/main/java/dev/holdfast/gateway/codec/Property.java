// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

/** The property identifiers that a client may send, and in which packets (MQTT 5.0 section 2.2.2.2). */
final class Property {
    static final int PAYLOAD_FORMAT_INDICATOR = 1;
    static final int MESSAGE_EXPIRY_INTERVAL = 2;
    static final int CONTENT_TYPE = 3;
    static final int RESPONSE_TOPIC = 8;
    static final int CORRELATION_DATA = 9;
    static final int SUBSCRIPTION_IDENTIFIER = 11;
    static final int SESSION_EXPIRY_INTERVAL = 17;
    static final int AUTHENTICATION_METHOD = 21;
    static final int AUTHENTICATION_DATA = 22;
    static final int REQUEST_PROBLEM_INFORMATION = 23;
    static final int WILL_DELAY_INTERVAL = 24;
    static final int REQUEST_RESPONSE_INFORMATION = 25;
    static final int SERVER_REFERENCE = 28;
    static final int REASON_STRING = 31;
    static final int RECEIVE_MAXIMUM = 33;
    static final int TOPIC_ALIAS_MAXIMUM = 34;
    static final int TOPIC_ALIAS = 35;
    static final int USER_PROPERTY = 38;
    static final int MAXIMUM_PACKET_SIZE = 39;

    private static final long OF_MESSAGE = set(
            PAYLOAD_FORMAT_INDICATOR,
            MESSAGE_EXPIRY_INTERVAL,
            CONTENT_TYPE,
            RESPONSE_TOPIC,
            CORRELATION_DATA,
            USER_PROPERTY);

    /** In CONNECT. */
    static final long IN_CONNECT = set(
            SESSION_EXPIRY_INTERVAL,
            AUTHENTICATION_METHOD,
            AUTHENTICATION_DATA,
            REQUEST_PROBLEM_INFORMATION,
            REQUEST_RESPONSE_INFORMATION,
            RECEIVE_MAXIMUM,
            TOPIC_ALIAS_MAXIMUM,
            USER_PROPERTY,
            MAXIMUM_PACKET_SIZE);

    /** In the will of a CONNECT. */
    static final long IN_WILL = OF_MESSAGE | set(WILL_DELAY_INTERVAL);

    /** In PUBLISH; the Subscription Identifier is only let through to be answered as a protocol error. */
    static final long IN_PUBLISH = OF_MESSAGE | set(TOPIC_ALIAS, SUBSCRIPTION_IDENTIFIER);

    /** In PUBACK, PUBREC, PUBREL and PUBCOMP. */
    static final long IN_ACK = set(REASON_STRING, USER_PROPERTY);

    static final long IN_SUBSCRIBE = set(SUBSCRIPTION_IDENTIFIER, USER_PROPERTY);

    static final long IN_UNSUBSCRIBE = set(USER_PROPERTY);

    static final long IN_DISCONNECT = set(SESSION_EXPIRY_INTERVAL, SERVER_REFERENCE, REASON_STRING, USER_PROPERTY);

    static final long IN_AUTH = set(AUTHENTICATION_METHOD, AUTHENTICATION_DATA, REASON_STRING, USER_PROPERTY);

    private Property() {}

    /** A set of identifiers, one bit each: all of them are below 64. */
    private static long set(int... ids) {
        long set = 0;
        for (int id : ids) {
            set |= 1L << id;
        }
        return set;
    }
}
