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
 * The scripts as one Redis process knows them. Their first line names that process, so that their SHAs mean nothing to
 * another one: whoever calls them on a server that has taken over, or has been restarted, is answered NOSCRIPT before
 * anything is done, and learns that the last writes may be gone.
 */
public final class ScriptSet {
    private static final int NAME_LENGTH = 4;

    private final String server;
    private final String firstLine;
    private final Map<Script, String> shas = new EnumMap<>(Script.class);

    /** The scripts for a process, by its run id. */
    public ScriptSet(String server) {
        this.server = server;
        byte[] digest = sha1(server);
        firstLine = "-- " + Base64.getUrlEncoder().encodeToString(digest).substring(0, NAME_LENGTH) + "\n";
        for (Script script : Script.values()) {
            shas.put(script, HexFormat.of().formatHex(sha1(text(script))));
        }
    }

    /** The run id of the process. */
    public String server() {
        return server;
    }

    public String text(Script script) {
        return firstLine + script.text();
    }

    /** What the process calls it: the SHA-1 of its text. */
    public String sha(Script script) {
        return shas.getOrDefault(script, "");
    }

    private static byte[] sha1(String text) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
