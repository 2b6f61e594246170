// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * The message and the key-value pairs of a log line as one line of text: {@code closed client="a" reason="normal"}. A
 * client identifier is text of a stranger's, so whatever could end the line, end the quotes, or show them in another order
 * is escaped as in Java: control characters, U+2028, U+2029, marks of direction, and in values the quote and the backslash.
 * Named by {@code logback-text.xml}.
 */
public final class PlainText extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(128);
        append(line, event.getFormattedMessage(), false);
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            for (KeyValuePair pair : pairs) {
                line.append(' ').append(pair.key).append("=\"");
                append(line, String.valueOf(pair.value), true);
                line.append('"');
            }
        }
        return line.toString();
    }

    private static void append(StringBuilder line, String text, boolean isQuoted) {
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            if (isQuoted && (each == '"' || each == '\\')) {
                line.append('\\').append(each);
            } else {
                append(line, each);
            }
        }
    }

    /** Appends one character, escaped if it could end the line or show it in another order. */
    static void append(StringBuilder line, char each) {
        if (isUnsafe(each)) {
            line.append(String.format("\\u%04x", (int) each));
        } else {
            line.append(each);
        }
    }

    private static boolean isUnsafe(char each) {
        return switch (Character.getType(each)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
