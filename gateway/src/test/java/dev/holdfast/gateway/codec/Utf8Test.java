// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("unit")
class Utf8Test {
    private final CharsetDecoder jdk = StandardCharsets.UTF_8.newDecoder();

    private final CharBuffer chars = CharBuffer.allocate(8);

    /** Around every border of RFC 3629's table. */
    private static final int[] BORDERS = {
        0x00, 0x01, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
        0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF
    };

    @Test
    void agreesWithTheJdkOnAllSequencesOfTwoBytes() {
        for (int pair = 0; pair < 0x1_0000; pair++) {
            assertAgrees(new byte[] {(byte) (pair >>> 8), (byte) pair});
        }
    }

    @Test
    void agreesWithTheJdkOnSequencesOfThreeAndFourBytesAroundTheBorders() {
        for (int a : BORDERS) {
            for (int b : BORDERS) {
                for (int c : BORDERS) {
                    assertAgrees(new byte[] {(byte) a, (byte) b, (byte) c});
                    for (int d : BORDERS) {
                        assertAgrees(new byte[] {(byte) a, (byte) b, (byte) c, (byte) d});
                    }
                }
            }
        }
    }

    @Test
    void acceptsEveryCodePointButTheSurrogates() {
        for (int codePoint = 1; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
                if (!Utf8.isMqttString(bytes, 0, bytes.length)) {
                    assertThat(codePoint).as("refused").isNull();
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"c3", "e282", "f09f98", "61 c3", "e2 28 a1"})
    void sequenceThatIsCutIsRefused(String hex) {
        byte[] bytes = Bytes.hex(hex).array();

        assertThat(Utf8.isMqttString(bytes, 0, bytes.length)).isFalse();
    }

    @Test
    void readsNothingOutsideTheRange() {
        byte[] bytes = Bytes.hex("ff c3 a9 a9").array();

        assertThat(Utf8.isMqttString(bytes, 1, 3)).isTrue();
        assertThat(Utf8.isMqttString(bytes, 1, 2)).isFalse();
    }

    @Test
    void nullCharacterIsTextAndNoMqttString() {
        byte[] bytes = {'a', 0, 'b'};

        assertThat(Utf8.isText(bytes, 0, 3)).isTrue();
        assertThat(Utf8.isMqttString(bytes, 0, 3)).isFalse();
    }

    private void assertAgrees(byte[] bytes) {
        jdk.reset();
        chars.clear();
        boolean expected = !jdk.decode(ByteBuffer.wrap(bytes), chars, true).isError();
        if (Utf8.isText(bytes, 0, bytes.length) != expected) {
            assertThat(bytes).as("well-formed: %s", expected).isNull();
        }
    }
}
