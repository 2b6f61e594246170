// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that is made of files, and made again when they have changed and it is asked for. When what they hold now cannot
 * be used, what they held before stays, and a warning is logged once. Any thread; reads files on the thread that asks.
 *
 * @param <T> what is made of them
 */
final class RenewedFiles<T> {
    private static final Logger LOG = LoggerFactory.getLogger(RenewedFiles.class);

    /** Reads the files. */
    interface Reading<T> {
        T read() throws IOException, GeneralSecurityException;
    }

    private final List<Path> files;
    private final Reading<T> reading;
    private String fingerprint; // guarded by this, like the next
    private T value;

    /** Reads the files for the first time. */
    RenewedFiles(List<Path> files, Reading<T> reading) throws IOException, GeneralSecurityException {
        this.files = files;
        this.reading = reading;
        fingerprint = fingerprint();
        value = reading.read();
    }

    /** What they hold, or held when it could be used. */
    synchronized T now() {
        String present = fingerprint();
        if (!present.equals(fingerprint)) {
            fingerprint = present;
            try {
                value = reading.read();
                LOG.info("{} read again", files);
            } catch (IOException | GeneralSecurityException e) {
                LOG.warn("{} cannot be used any more, what was in it before stays in use: {}", files, e.getMessage());
            }
        }
        return value;
    }

    private String fingerprint() {
        StringBuilder print = new StringBuilder();
        for (Path file : files) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                print.append(attributes.lastModifiedTime())
                        .append('/')
                        .append(attributes.size())
                        .append('/')
                        .append(attributes.fileKey())
                        .append(' ');
            } catch (IOException missing) {
                print.append("- ");
            }
        }
        return print.toString();
    }
}
