// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The payload of a close frame: nothing, or a code and a reason in UTF-8. RFC 6455 sections 5.5.1 and 7.4. */
final class ClosePayload {

    static final int NO_CODE = 1005;

    private ClosePayload() {}

    /** The code; {@value #NO_CODE} for none; negative, the code to answer with, when the payload is not valid. */
    static int code(byte[] bytes, int at, int length) {
        if (length == 0) {
            return NO_CODE;
        }
        if (length == 1) {
            return -FrameReader.PROTOCOL_ERROR;
        }
        int code = (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
        if (!mayBeSent(code)) {
            return -FrameReader.PROTOCOL_ERROR;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at + 2, length - 2));
        } catch (CharacterCodingException notUtf8) {
            return -1007;
        }
        return code;
    }

    private static boolean mayBeSent(int code) {
        return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    }
}
