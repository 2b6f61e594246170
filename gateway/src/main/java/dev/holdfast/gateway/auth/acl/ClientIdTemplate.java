// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import dev.holdfast.gateway.auth.AuthConfigException;

/**
 * What client identifiers of a subject look like: text with placeholders, and perhaps {@code *} at the end for any
 * further text. The {@code *} must not follow a placeholder directly, or the ids of {@code ann} would hold those of
 * {@code anna}; a subject that has the separator in its own name can still reach into another's, which is why a session
 * belongs to its principal and not to its client identifier.
 */
public final class ClientIdTemplate {
    private final String text;
    private final boolean open;

    private ClientIdTemplate(String text, boolean open) {
        this.text = text;
        this.open = open;
    }

    /** Checks a template; the message says what is wrong with it. */
    public static ClientIdTemplate of(String template) throws AuthConfigException {
        boolean open = template.endsWith("*");
        String text = open ? template.substring(0, template.length() - 1) : template;
        if (text.isEmpty() || text.contains("*") || !Placeholders.areKnown(text) || (open && text.endsWith("}"))) {
            throw new AuthConfigException("a template is text with ${sub} or ${username}, and at most one * at its"
                    + " end that does not follow a placeholder");
        }
        return new ClientIdTemplate(text, open);
    }

    /** Whether the client's identifier is one that this template allows for its token. */
    public boolean fits(Placeholders client) {
        String filled = client.fill(text);
        if (filled == null) {
            return false;
        }
        return open ? client.clientId().startsWith(filled) : client.clientId().equals(filled);
    }
}
