// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import java.nio.charset.StandardCharsets;

/** What the rig's messages say: who published it, under which number, and something more to be damaged. */
final class Payload {
    private static final int VARIETY = 97;

    private Payload() {}

    static byte[] of(String publisher, int number) {
        String text = publisher + ":" + number + ":" + "abcdefghij".repeat(number % VARIETY / 10);
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String publisher(String text) {
        return text.substring(0, text.indexOf(':'));
    }

    static int number(String text) {
        return Integer.parseInt(text.split(":", 3)[1]);
    }
}
