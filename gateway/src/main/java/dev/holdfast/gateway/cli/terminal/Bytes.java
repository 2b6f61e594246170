// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Payloads: bytes that may be text. */
public final class Bytes {
    private Bytes() {}

    /** The text that these bytes are in UTF-8, or null if they are none. */
    public static @Nullable String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** For people: the text, which is still to be escaped, or how many bytes there are that are no text. */
    public static String text(byte[] bytes) {
        String text = utf8(bytes);
        return text == null ? "(" + Words.count(bytes.length, "byte") + ", no text)" : text;
    }
}
