// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a Redis server: {@code redis://[user:password@]host[:port][/database]}, {@code rediss} for TLS.
 *
 * <p>A host name may have an underscore ({@code redis_master}), which {@code java.net.URI} refuses. User and password stand before
 * the last {@code @}. In them {@code %40} and the like are decoded, and all other characters stand for themselves, so that a
 * password may be written as it is.
 *
 * @param tls whether the server speaks TLS
 * @param username the ACL user, or null
 * @param password its password, or null; what stands before {@code @} without a colon is a password, as for redis-cli
 * @param host a name or an address, an IPv6 one without brackets
 * @param port 1 to 65535
 * @param database 0 and higher
 */
public record RedisUrl(
        boolean tls, @Nullable String username, @Nullable String password, String host, int port, int database) {
    /** The port of Redis. */
    public static final int DEFAULT_PORT = 6379;

    private static final int HIGHEST_PORT = 65_535;
    private static final int HIGHEST_DATABASE = 1_000_000;
    private static final Pattern SCHEME =
            Pattern.compile("(rediss?)://(.*)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern PLACE = Pattern.compile(
            "(?:\\[([0-9a-fA-F:.]+(?:%[\\w.]+)?)]|([^:/?#\\[\\]\\s]+))(?::([0-9]{1,5}))?(?:/([0-9]{0,7}))?");

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is none; the message holds no password
     */
    public static RedisUrl of(String text) {
        Matcher scheme = SCHEME.matcher(text);
        if (!scheme.matches()) {
            throw new IllegalArgumentException("expected redis://host:port or rediss://host:port");
        }
        String rest = scheme.group(2);
        int at = rest.lastIndexOf('@');
        Matcher place = PLACE.matcher(rest.substring(at + 1));
        if (!place.matches()) {
            throw new IllegalArgumentException("expected host[:port][/database] behind redis:// and the password");
        }
        int port = place.group(3) == null ? DEFAULT_PORT : Integer.parseInt(place.group(3));
        String number = place.group(4);
        int database = number == null || number.isEmpty() ? 0 : Integer.parseInt(number);
        if (port < 1 || port > HIGHEST_PORT || database > HIGHEST_DATABASE) {
            throw new IllegalArgumentException("expected a port from 1 to 65535, and the number of a database");
        }
        String user = null;
        String password = null;
        if (at >= 0) {
            String info = rest.substring(0, at);
            int colon = info.indexOf(':');
            user = colon > 0 ? decoded(info.substring(0, colon)) : null;
            password = decoded(info.substring(colon + 1));
        }
        return new RedisUrl(
                scheme.group(1).toLowerCase(Locale.ROOT).equals("rediss"),
                user,
                password,
                place.group(1) == null ? place.group(2) : place.group(1),
                port,
                database);
    }

    /** The server alone, {@code redis://host:port}: no user, no password, no database. */
    public String address() {
        return (tls ? "rediss://" : "redis://") + place();
    }

    /** {@code host:port}, an IPv6 address in brackets. */
    public String place() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    /** Names the server and never a password. */
    @Override
    public String toString() {
        return address() + (username == null ? "" : " as " + username);
    }

    /** A percent sign with two hexadecimal digits is the byte of that number; any other is itself. */
    private static String decoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            int high = bytes[i] == '%' && i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(bytes[i + 2], 16);
            if (low < 0) {
                out.write(bytes[i]);
            } else {
                out.write(high << 4 | low);
                i += 2;
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
