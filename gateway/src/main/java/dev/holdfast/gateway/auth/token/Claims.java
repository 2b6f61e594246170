// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.token;

import dev.holdfast.gateway.auth.TokenRefusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The payload of a token with its types checked: a claim of the wrong type is never guessed at.
 *
 * @param map name to JSON value
 */
public record Claims(Map<String, Object> map) {
    /** 9999-12-31T23:59:59Z: times beyond it are nonsense, and would overflow elsewhere. */
    private static final double LAST_SECOND = 253_402_300_799d;

    private static final int MAX_NAME_CHARS = 512;

    /** Those of nobody. */
    public static final Claims NONE = new Claims(Map.of());

    /**
     * A claim by its name, or a nested one by its path, {@code realm_access.roles}; null when missing. A name that has dots
     * itself, as {@code https://example.com/tenant}, is found too.
     */
    @Nullable
    Object at(String path) {
        return at(map, path);
    }

    private static @Nullable Object at(Map<?, ?> within, String path) {
        Object whole = within.get(path);
        if (whole != null) {
            return whole;
        }
        for (int dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
            if (within.get(path.substring(0, dot)) instanceof Map<?, ?> inner) {
                Object found = at(inner, path.substring(dot + 1));
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** The value of a claim as text, or each of a list; empty when it is missing. What is no plain value counts as empty. */
    public List<String> texts(String path) {
        Object claim = at(path);
        if (claim == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (Object each : claim instanceof List<?> list ? list : List.of(claim)) {
            texts.add(isPlain(each) ? each.toString() : "");
        }
        return texts;
    }

    private static boolean isPlain(@Nullable Object value) {
        return value instanceof String || value instanceof Boolean || value instanceof Number;
    }

    /** A NumericDate (RFC 7519 section 2), or null when missing. */
    @Nullable
    public Instant time(String name) throws TokenRefusedException {
        if (!map.containsKey(name)) {
            return null;
        }
        if (!(map.get(name) instanceof Number number)) {
            throw new TokenRefusedException(TokenRefusal.CLAIMS);
        }
        double seconds = number.doubleValue();
        if (!(seconds >= 0 && seconds <= LAST_SECOND)) {
            throw new TokenRefusedException(TokenRefusal.CLAIMS);
        }
        return Instant.ofEpochMilli((long) Math.floor(seconds * 1000));
    }

    /** A name that is going to be kept and compared: not empty, not long, no control characters. Null when missing. */
    @Nullable
    public String name(String claim) throws TokenRefusedException {
        if (!map.containsKey(claim)) {
            return null;
        }
        if (!(map.get(claim) instanceof String text) || text.isEmpty() || text.length() > MAX_NAME_CHARS) {
            throw new TokenRefusedException(TokenRefusal.CLAIMS);
        }
        if (text.chars().anyMatch(c -> c < ' ' || (c >= 0x7f && c < 0xa0))) {
            throw new TokenRefusedException(TokenRefusal.CLAIMS);
        }
        return text;
    }

    /** Whether {@code aud} (a string or a list of strings) holds one of these. */
    public boolean isFor(List<String> audience) throws TokenRefusedException {
        if (audience.contains("*")) {
            return true;
        }
        Object aud = map.get("aud");
        if (aud == null) {
            return false;
        }
        boolean found = false;
        for (Object each : aud instanceof List<?> list ? list : List.of(aud)) {
            if (!(each instanceof String text)) {
                throw new TokenRefusedException(TokenRefusal.CLAIMS);
            }
            found |= audience.contains(text);
        }
        return found;
    }

    /** Whether a claim, see {@link #at}, is this value, or a list with this value in it. Numbers and booleans as JSON writes them. */
    public boolean says(String name, String value) {
        Object claim = at(name);
        if (claim instanceof List<?> list) {
            return list.stream().anyMatch(value::equals);
        }
        return claim != null && isPlain(claim) && value.equals(claim.toString());
    }

    /** Shows nothing of the token. */
    @Override
    public String toString() {
        return "Claims[" + map.size() + "]";
    }
}
