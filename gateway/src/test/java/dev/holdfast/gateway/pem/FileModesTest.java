// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.pem;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a key is everybody's. */
@Tag("unit")
final class FileModesTest {
    @TempDir
    private Path directory;

    @Test
    void aFileThatEveryUserOfTheMachineMayReadIsFound() throws Exception {
        Path file = Files.writeString(directory.resolve("key"), "x");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(FileModes.isReadableByAll(file)).isFalse();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(FileModes.isReadableByAll(file)).isTrue();
        assertThat(FileModes.isReadableByAll(directory.resolve("none"))).isFalse();
    }
}
