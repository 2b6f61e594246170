// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Path and query of a request as they were sent, decoded: strictly, since what is misread would mean something else. */
public final class Target {
    private static final int HEX = 16;

    private Target() {}

    /** The segments behind a prefix; one that holds an encoded slash stays one. */
    public static List<String> segments(String rawPath) throws Problem {
        List<String> segments = new ArrayList<>();
        for (String raw : rawPath.substring(1).split("/", -1)) {
            segments.add(decoded(raw, false, "path"));
        }
        return segments;
    }

    /** The parameters, of which each may stand once. */
    public static Map<String, String> parameters(String rawQuery) throws Problem {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (rawQuery.isEmpty()) {
            return parameters;
        }
        for (String each : rawQuery.split("&", -1)) {
            int equals = each.indexOf('=');
            String name = decoded(equals < 0 ? each : each.substring(0, equals), true, "query");
            String value = equals < 0 ? "" : decoded(each.substring(equals + 1), true, name);
            if (parameters.put(name, value) != null) {
                throw Problem.badField(name, "expected once");
            }
        }
        return parameters;
    }

    private static String decoded(String raw, boolean isQuery, String field) throws Problem {
        ByteBuffer utf8 = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                if (i + 2 > raw.length() - 1) {
                    throw Problem.badField(field, "a % is not followed by two hexadecimal digits");
                }
                int high = Character.digit(raw.charAt(i + 1), HEX);
                int low = Character.digit(raw.charAt(i + 2), HEX);
                if (high < 0 || low < 0) {
                    throw Problem.badField(field, "a % is not followed by two hexadecimal digits");
                }
                utf8.put((byte) (high * HEX + low));
                i += 2;
            } else if (c > ' ' && c < 0x7F) {
                utf8.put((byte) (c == '+' && isQuery ? ' ' : c));
            } else {
                throw Problem.badField(field, "a character has to be encoded with %");
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(utf8.flip())
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.badField(field, "not UTF-8");
        }
    }
}
