// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

/** Settings of authentication that cannot be trusted: the gateway refuses to start. Says what is wrong, never a key. */
public final class AuthConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Made with a sentence for the operator. */
    public AuthConfigException(String message) {
        super(message);
    }
}
