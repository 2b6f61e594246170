// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.pem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;

/** Who may read a file that holds a private key or a secret. */
public final class FileModes {
    private FileModes() {}

    /** Whether every user of this machine may read it; false where files have no modes, and where there is no such file. */
    public static boolean isReadableByAll(Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }
}
