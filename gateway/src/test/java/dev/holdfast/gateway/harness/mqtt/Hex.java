// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.util.HexFormat;
import java.util.Locale;

/** Bytes as hexadecimal digits. */
public final class Hex {
    private Hex() {}

    public static byte[] parse(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", "").toLowerCase(Locale.ROOT));
    }

    static String of(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }
}
