// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueuedMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The Lua scripts. The text of a script is the prelude, the parts that it shares with other scripts, and a
 * resource of its own name. Any thread.
 */
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
    PEEK("session", "queue", "entries"),
    QUEUED_SUM("session"),
    PURGE("session", "queue"),
    PROLONG("session"),
    ENQUEUE("enqueue_fast", "queue", "seqs"),
    READ("queue", "entries"),
    ACKNOWLEDGE("queue"),
    RELEASE("queue"),
    HOLD,
    DROP_OTHER,
    TAKE,
    DROP,
    KEEP_CURSORS("session", "seqs"),
    LOG_KEEP,
    LOG_APPEND,
    LOG_READ,
    LOG_END,
    LOG_LIST,
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
    FORMAT,
    REVOKE("revocation"),
    UNREVOKE("revocation"),
    REVOCATIONS("revocation"),
    TICKET_KEYS,
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
     * Scripts whose effect a live connection needs, or the end of a connection: their calls wait for Redis as long as it takes,
     * within the bounds of their lane. The caller of any other script tries again later.
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
            KEEP_CURSORS,
            LOG_APPEND,
            LOG_READ,
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
        all.append(resource(name().toLowerCase(Locale.ROOT)));
        Map<String, String> constants = constants();
        text = Pattern.compile("\\b[A-Z][A-Z_]+\\b")
                .matcher(all)
                .replaceAll(name -> constants.getOrDefault(name.group(), name.group()));
    }

    /** Whether the calls of this script wait for Redis as long as it takes. */
    public boolean isOwed() {
        return OWED.contains(this);
    }

    /** The text without the line that {@link ScriptSet} puts before it. */
    public String text() {
        return text;
    }

    /** The constants that scripts and Java share. A script has their values as literals: a local costs time at each call. */
    private static Map<String, String> constants() {
        Map<String, Object> all = new HashMap<>();
        // How far the TTL of a key stands behind the sweep that removes the key, and from where on an expiry is none;
        // both in ms.
        all.put("MARGIN", Expiry.MARGIN.toMillis());
        all.put("NEVER", Expiry.NEVER_MILLIS);
        all.put("NONCE", Arguments.NONCE_BYTES);
        all.put("LIMITS", Arguments.LIMITS_BYTES);
        all.put("LATE", Reply.LATE);
        all.put("OVERTAKEN", Reply.OVERTAKEN);
        all.put("NOT_COUNTED", Reply.NOT_COUNTED);
        all.put("NOT_OWNER", Reply.NOT_OWNER);
        all.put("STALE", Reply.STALE);
        all.put("NO_SESSION", Reply.NO_SESSION);
        all.put("STORED", Reply.STORED);
        all.put("ALL_STORED", Reply.ALL_STORED);
        all.put("DROPPED", Reply.DROPPED);
        all.put("REPEATED", Reply.REPEATED);
        all.put("AWAY", Reply.AWAY);
        all.put("ENDED_CLEAN", Reply.ENDED_CLEAN);
        all.put("ENDED_KEPT", Reply.ENDED_KEPT);
        all.put("EXPIRED", quoted(Reply.EXPIRED));
        all.put("DISCARDED", quoted(Reply.DISCARDED));
        all.put("NO_LOG", Reply.NO_LOG);
        all.put("CURSORS_BY", quoted("w"));
        all.put("LOG_WINDOW", LogCursor.WINDOW);
        all.put("LOW_SEQS", LogCursor.LOW_SEQS);
        all.put("ALL_IDENTIFIERS", QueuedMessage.IDENTIFIERS);
        all.put("QUEUE_IDENTIFIERS", LogCursor.QUEUE_IDENTIFIERS);
        all.put("BURIED", Reply.BURIED);
        all.put("RENEWED", Reply.RENEWED);
        all.put("FORGOTTEN", Reply.FORGOTTEN);
        for (EnqueueMode mode : EnqueueMode.values()) {
            all.put(mode.name(), quoted(new String(mode.argument(), StandardCharsets.US_ASCII)));
        }
        all.put("QUEUED", MessageCodec.QUEUED);
        all.put("RELEASED", MessageCodec.RELEASED);
        all.put("DONE", MessageCodec.DONE);
        Map<String, String> texts = new HashMap<>();
        all.forEach((name, value) -> texts.put(name, value.toString()));
        return texts;
    }

    private static String quoted(String text) {
        return "'" + text + "'";
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
