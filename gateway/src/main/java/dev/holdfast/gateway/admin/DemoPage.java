// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of the demo page, in memory. The build of {@code web-demo} puts them on the class path, and a list of them beside. */
public final class DemoPage {
    private static final String PLACE = "/dev/holdfast/gateway/admin/page/";
    private static final int TAG_BYTES = 12;
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "webmanifest", "application/manifest+json",
            "txt", "text/plain; charset=utf-8");

    /**
     * One file.
     *
     * @param type its media type
     * @param tag its strong entity tag, quotes included
     * @param hasHashedName whether its name changes with its content, so that it may be kept for ever
     * @param plain its bytes
     * @param gzip the same, compressed
     */
    record File(String type, String tag, boolean hasHashedName, ByteBuffer plain, ByteBuffer gzip) {}

    private final Map<String, File> files;

    private DemoPage(Map<String, File> files) {
        this.files = files;
    }

    /** Reads the files; none where the build had no npm. */
    public static DemoPage load() {
        return load(name -> DemoPage.class.getResourceAsStream(PLACE + name));
    }

    /** Where files come from. */
    interface Source {
        /** The file of a name, or null. */
        @Nullable
        InputStream open(String name);
    }

    static DemoPage load(Source source) {
        Map<String, File> files = new HashMap<>();
        try (InputStream list = source.open("files.txt")) {
            if (list == null) {
                return new DemoPage(Map.of());
            }
            for (String name : new String(list.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (!name.isBlank()) {
                    files.put("/" + name, file(source, name));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new DemoPage(Map.copyOf(files));
    }

    private static File file(Source source, String name) throws IOException {
        byte[] plain = bytes(source, name);
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null) {
            throw new IOException("no media type for " + name);
        }
        return new File(
                type,
                tag(plain),
                name.startsWith("assets/"),
                ByteBuffer.wrap(plain),
                ByteBuffer.wrap(bytes(source, name + ".gz")));
    }

    private static byte[] bytes(Source source, String name) throws IOException {
        try (InputStream in = source.open(name)) {
            if (in == null) {
                throw new FileNotFoundException(name);
            }
            return in.readAllBytes();
        }
    }

    private static String tag(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return '"' + HexFormat.of().formatHex(digest, 0, TAG_BYTES) + '"';
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        }
    }

    /** The file at a path, {@code /} being {@code /index.html}; null if there is none. */
    @Nullable
    File at(String path) {
        return files.get(path.equals("/") ? "/index.html" : path);
    }

    /** Whether there are any. */
    boolean isHere() {
        return !files.isEmpty();
    }
}
