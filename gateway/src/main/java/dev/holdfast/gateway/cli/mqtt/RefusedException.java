// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import java.io.IOException;

/** The gateway says no: to a CONNECT, a SUBSCRIBE or a PUBLISH. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    private final int code;

    RefusedException(String what, int code, String words) {
        super(what + " refused: " + words + String.format(" (0x%02X)", code));
        this.code = code;
    }

    /** The reason code, or the return code of MQTT 3.1.1. */
    public int code() {
        return code;
    }
}
