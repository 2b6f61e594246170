// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.store.Revocation;
import dev.holdfast.store.Revocation.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what an operator asks of {@link RevocationsHandler}. Strict: a name that is misspelt would revoke something else
 * than was meant, or nothing.
 */
final class RevocationRequests {
    /** Longer than any token should live; one that lives longer comes back to life after it. */
    private static final Duration USUAL = Duration.ofDays(365);

    private static final Duration LONGEST = Duration.ofDays(3650);
    private static final int MOST_CHARS = 512;
    private static final Set<String> NAMES = Set.of("issuer", "jti", "subject", "until", "endSessions");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Set<String> issuers;
    private final InstantSource clock;

    RevocationRequests(Set<String> issuers, InstantSource clock) {
        this.issuers = issuers;
        this.clock = clock;
    }

    /** What JSON and the query call a kind. */
    static String name(Kind kind) {
        return kind == Kind.TOKEN ? "jti" : "subject";
    }

    /**
     * What is asked.
     *
     * @param endSessions whether the sessions of the subject are to end, too
     */
    record Asked(Revocation revocation, boolean endSessions) {}

    Asked revocation(byte[] body) throws BadRequestException {
        JsonNode json;
        try {
            json = JSON.readTree(body);
        } catch (IOException e) {
            throw new BadRequestException("not JSON");
        }
        if (!json.isObject()) {
            throw new BadRequestException("expected a JSON object");
        }
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            if (!NAMES.contains(names.next())) {
                throw new BadRequestException("expected only issuer, jti or subject, until and endSessions");
            }
        }
        Instant now = clock.instant();
        Revocation.Key key = key(text(json, "issuer"), text(json, "jti"), text(json, "subject"));
        return new Asked(new Revocation(key, now, until(text(json, "until"), now)), endSessions(json, key));
    }

    private static boolean endSessions(JsonNode json, Revocation.Key key) throws BadRequestException {
        JsonNode value = json.get("endSessions");
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw new BadRequestException("endSessions: expected true or false");
        }
        if (value.booleanValue() && key.kind() != Kind.SUBJECT) {
            throw new BadRequestException("endSessions: expected with a subject, whose sessions they are");
        }
        return value.booleanValue();
    }

    Revocation.Key key(Map<String, Deque<String>> query) throws BadRequestException {
        return key(only(query, "issuer"), only(query, "jti"), only(query, "subject"));
    }

    private Revocation.Key key(@Nullable String issuer, @Nullable String jti, @Nullable String subject)
            throws BadRequestException {
        if (issuer == null || (jti == null) == (subject == null)) {
            throw new BadRequestException("expected issuer and one of jti and subject");
        }
        if (!issuers.contains(issuer)) {
            throw new BadRequestException("no such issuer; there are: " + String.join(", ", issuers));
        }
        return jti != null
                ? new Revocation.Key(Kind.TOKEN, issuer, jti)
                : new Revocation.Key(Kind.SUBJECT, issuer, String.valueOf(subject));
    }

    private static Instant until(@Nullable String text, Instant now) throws BadRequestException {
        if (text == null) {
            return now.plus(USUAL);
        }
        try {
            Instant until = Instant.parse(text);
            if (until.isAfter(now) && until.isBefore(now.plus(LONGEST))) {
                return until;
            }
        } catch (DateTimeParseException e) {
            throw new BadRequestException("until: expected a time as 2027-01-31T12:00:00Z");
        }
        throw new BadRequestException("until: expected a time from now to ten years from now");
    }

    private static @Nullable String text(JsonNode json, String name) throws BadRequestException {
        JsonNode value = json.get(name);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw new BadRequestException(name + ": expected text");
        }
        return checked(name, value.textValue());
    }

    private static @Nullable String only(Map<String, Deque<String>> query, String name) throws BadRequestException {
        Deque<String> values = query.get(name);
        if (values == null) {
            return null;
        }
        if (values.size() > 1) {
            throw new BadRequestException(name + ": expected once");
        }
        return checked(name, values.getFirst());
    }

    /** What no token that is taken can say is a mistake. */
    private static String checked(String name, String text) throws BadRequestException {
        if (text.isEmpty() || text.length() > MOST_CHARS || text.chars().anyMatch(Character::isISOControl)) {
            throw new BadRequestException(name + ": expected 1 to " + MOST_CHARS + " characters, none of control");
        }
        if (text.startsWith("ey") && text.chars().filter(c -> c == '.').count() == 2) {
            throw new BadRequestException(name + ": this is a token itself; expected what it says (token inspect)");
        }
        return text;
    }
}
