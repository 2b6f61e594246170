// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** The Lua scripts: each is its own resource behind the prelude and the parts that it shares with others. */
enum Script {
    ATTACH("session", "queue"),
    DETACH("session"),
    ORPHAN("session"),
    CLAIM("session"),
    DESTROY("session"),
    SETTLE_WILL("session"),
    WILL_PUBLISHED("session"),
    SUBSCRIBE("session"),
    UNSUBSCRIBE("session"),
    CHANGE_EXPIRY("session"),
    INSPECT("session"),
    ENQUEUE("enqueue_fast", "queue"),
    READ("queue"),
    ACKNOWLEDGE("queue"),
    RELEASE("queue"),
    HOLD,
    TAKE,
    DROP,
    SCHEDULE,
    SETTLE,
    DUE,
    INDEX_PAGE,
    JOIN,
    LEAVE,
    RENEW,
    RETAIN("retained"),
    UNRETAIN("retained"),
    RETAINED_POLL("retained"),
    RETAINED_FIND,
    RETAINED_TOPICS,
    REVOKE("revocation"),
    UNREVOKE("revocation"),
    REVOCATIONS("revocation"),
    MEMBER_JOIN,
    MEMBER_RENEW,
    MEMBER_LEAVE,
    MEMBER_LIST,
    MEMBER_BURY,
    OWNED_SOME,
    INBOX_APPEND,
    INBOX_TRIM;

    private final String text;
    private final String sha;

    Script(String... parts) {
        StringBuilder all = new StringBuilder(resource("prelude"));
        for (String part : parts) {
            all.append(resource(part));
        }
        text = all.append(resource(name().toLowerCase(Locale.ROOT))).toString();
        sha = sha1(text);
    }

    String text() {
        return text;
    }

    /** What Redis calls it: the SHA-1 of its text. */
    String sha() {
        return sha;
    }

    private static String resource(String name) {
        try (InputStream in = Script.class.getResourceAsStream(name + ".lua")) {
            if (in == null) {
                throw new IllegalStateException("no script " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
