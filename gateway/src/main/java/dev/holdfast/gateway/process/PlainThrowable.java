// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * An exception with its stack trace, as text. Its message may hold what a stranger has sent: each line but the first begins
 * with a tab, so that none looks like a line of the log, and what {@link PlainText} escapes is escaped. Named by
 * {@code logback-text.xml}.
 */
public final class PlainThrowable extends ThrowableProxyConverter {
    @Override
    public String convert(ILoggingEvent event) {
        String text = super.convert(event);
        StringBuilder plain = new StringBuilder(text.length() + 64);
        boolean isBegin = false;
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            if (each == '\n') {
                isBegin = true;
                plain.append(each);
                continue;
            }
            if (isBegin && each != '\t') {
                plain.append('\t');
            }
            isBegin = false;
            if (each == '\t') {
                plain.append(each);
            } else {
                PlainText.append(plain, each);
            }
        }
        return plain.toString();
    }
}
