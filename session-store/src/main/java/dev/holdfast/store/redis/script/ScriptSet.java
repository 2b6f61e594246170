// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * The scripts as one Redis process has been given them. Their first line names that process, so that another process does not
 * know their SHAs. A call to a server that has taken over, or has been restarted, is therefore answered with NOSCRIPT before
 * anything is done, and the gateway learns that the last writes may be lost. Immutable.
 */
public final class ScriptSet {
    private static final int NAME_LENGTH = 4;

    private final String server;
    private final String firstLine;
    private final Map<Script, String> shas = new EnumMap<>(Script.class);
    private final Map<Script, byte[]> encodedShas = new EnumMap<>(Script.class);

    /** The scripts for the Redis process of a run id. */
    public ScriptSet(String server) {
        this.server = server;
        byte[] digest = sha1(server);
        firstLine = "-- " + Base64.getUrlEncoder().encodeToString(digest).substring(0, NAME_LENGTH) + "\n";
        for (Script script : Script.values()) {
            String sha = HexFormat.of().formatHex(sha1(text(script)));
            shas.put(script, sha);
            encodedShas.put(script, sha.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** The run id of the process. */
    public String server() {
        return server;
    }

    /** The text of a script for this process. */
    public String text(Script script) {
        return firstLine + script.text();
    }

    /** The SHA-1 of a script's text, in hexadecimal: the name by which the process calls it. */
    public String sha(Script script) {
        return shas.getOrDefault(script, "");
    }

    /** The SHA-1 of a script's text as the bytes that are sent: its hexadecimal digits in ASCII. */
    public byte[] encodedSha(Script script) {
        return encodedShas.getOrDefault(script, Arguments.NOTHING);
    }

    private static byte[] sha1(String text) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
