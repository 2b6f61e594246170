// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

/** A retained message that a session has been given and may not have sent yet. On the session's thread. */
public interface RetainedCopy {
    /** Whether the message is not to be sent: a newer one of its topic has come, or its subscription has ended. */
    boolean isOvertaken();

    /** The message has been sent, or never will be: the session holds it no more. */
    void left();
}
