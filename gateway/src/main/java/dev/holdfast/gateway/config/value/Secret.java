// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

import java.util.regex.Pattern;

/**
 * A text that no log, no metric and no {@code config print} may show.
 *
 * @param value the text itself, for the one who needs it
 */
public record Secret(String value) {
    private static final Pattern URL_PASSWORD = Pattern.compile("(?<=://)\\S*@");

    /** Three stars; of a URL everything but the user and the password in it, which may hold an {@code @} too. */
    @Override
    public String toString() {
        return value.contains("://") ? URL_PASSWORD.matcher(value).replaceAll("***@") : "***";
    }
}
