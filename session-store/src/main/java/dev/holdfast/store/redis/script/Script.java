// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The Lua scripts: each is its own resource behind the prelude and the parts that it shares with others. */
public enum Script {
    ATTACH("session", "queue", "seqs", "leftover"),
    REASSERT("session", "queue", "seqs"),
    ABANDON("session"),
    DETACH("session", "queue", "leftover"),
    ORPHAN("session", "queue", "leftover"),
    CLAIM("session", "queue", "leftover"),
    DESTROY("session", "queue", "leftover"),
    HAND_OVER("session"),
    SENT_MARK("session"),
    SETTLE_WILL("session"),
    WILL_PUBLISHED("session"),
    WILLS_LEFT("session"),
    SUBSCRIBE("session"),
    UNSUBSCRIBE("session"),
    LEFTOVERS("session"),
    LEFTOVERS_GIVEN("session", "queue"),
    INSPECT("session"),
    PEEK("session", "queue"),
    PURGE("session", "queue"),
    PROLONG("session"),
    ENQUEUE("enqueue_fast", "queue", "seqs"),
    READ("queue"),
    ACKNOWLEDGE("queue"),
    RELEASE("queue"),
    HOLD,
    DROP_OTHER,
    TAKE,
    DROP,
    SCHEDULE,
    SETTLE,
    DUE,
    INDEX_PAGE,
    ROUTES,
    JOIN,
    LEAVE,
    RENEW,
    KEPT_BEGIN("kept"),
    KEPT_MADE("kept"),
    KEPT_END,
    KEPT_VISIT("kept"),
    RETAIN("retained"),
    UNRETAIN("retained"),
    RETAINED_POLL("retained"),
    RETAINED_NEWS,
    RETAINED_FIND,
    RETAINED_TOPICS,
    REVOKE("revocation"),
    UNREVOKE("revocation"),
    REVOCATIONS("revocation"),
    MEMBER_JOIN("members"),
    MEMBER_RENEW("members"),
    MEMBER_LEAVE("members"),
    MEMBER_LIST("members"),
    MEMBER_BURY("members"),
    OWNED_SOME,
    OWNED_PAGE,
    INBOX_APPEND,
    INBOX_TRIM,
    INBOX_TAKE;

    /**
     * What a live connection, or the end of one, is owed: it waits for Redis as long as it takes, within the bounds of
     * its lane. All else has somebody who asks again.
     */
    private static final Set<Script> OWED = EnumSet.of(
            REASSERT,
            ABANDON,
            DETACH,
            SUBSCRIBE,
            UNSUBSCRIBE,
            ENQUEUE,
            READ,
            ACKNOWLEDGE,
            RELEASE,
            HOLD,
            DROP_OTHER,
            TAKE,
            DROP,
            SCHEDULE,
            LEAVE,
            KEPT_MADE,
            KEPT_END,
            RETAIN,
            UNRETAIN,
            INBOX_APPEND);

    private final String text;

    Script(String... parts) {
        StringBuilder all = new StringBuilder(resource("prelude"));
        for (String part : parts) {
            all.append(resource(part));
        }
        text = all.append(resource(name().toLowerCase(Locale.ROOT))).toString();
    }

    /** Whether its calls wait for Redis as long as it takes. */
    public boolean isOwed() {
        return OWED.contains(this);
    }

    /** Its text without the line that {@link ScriptSet} puts before it. */
    public String text() {
        return text;
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
}
