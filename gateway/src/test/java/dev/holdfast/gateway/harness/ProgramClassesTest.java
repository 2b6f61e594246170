// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gateways of the tests take their classes from the archive, or {@code mvn verify} takes minutes more and nobody notices. */
final class ProgramClassesTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"-Xmx192m", "-Xmx64m", "-XX:TieredStopAtLevel=4"})
    void aGatewayTakesItsClassesFromTheArchive(String flag) throws Exception {
        Path loaded = directory.resolve("loaded");

        GatewayProcess.start(
                        List.of(),
                        List.of(flag, "-Xlog:class+load:file=" + loaded),
                        List.of(directory.toString())) // as an operator's listener has it
                .close();

        assertThat(Files.readAllLines(loaded))
                .filteredOn(line -> line.contains(" dev.holdfast."))
                .hasSizeGreaterThan(100)
                .filteredOn(line -> line.contains("source: shared objects file (top)"))
                .hasSizeGreaterThan(100);
    }
}
