// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

/** A retained message that a session has been handed and may not have sent yet. On the session's thread. */
public interface RetainedCopy {
    /** Whether it is not to be sent: something newer of its topic has come, or its subscription has gone. */
    boolean isOvertaken();

    /** It has been sent, or never will be: the session holds it no more. */
    void left();
}
