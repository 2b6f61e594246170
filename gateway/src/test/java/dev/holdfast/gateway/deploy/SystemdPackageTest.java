// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.cli.Main;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Debian package and the tarball of {@code deploy/systemd}, made, installed and removed below a directory. */
final class SystemdPackageTest {
    private static final Path FILES = Path.of("..", "deploy", "systemd");
    /** What the unit names and every system has. */
    private static final List<String> TARGETS = List.of("sysinit", "basic", "network-online", "multi-user", "shutdown");

    @TempDir
    private Path directory;

    private Path root;

    @BeforeEach
    void pack() throws IOException, InterruptedException {
        Path jar = directory.resolve("holdfast.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Main.class.getName());
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath());
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        run(0, FILES.resolve("package").toString(), jar.toString(), "1.2.3", directory.toString());

        root = directory.resolve("root");
        Path state = root.resolve("var/lib/dpkg");
        for (String kept : List.of("info", "updates", "triggers")) {
            Files.createDirectories(state.resolve(kept));
        }
        Files.createFile(state.resolve("status"));
        Files.createFile(state.resolve("available"));
    }

    @Test
    void whatIsInstalledRunsAndIsGoneWhenItIsRemoved() throws IOException, InterruptedException {
        dpkg(
                "--force-depends",
                "-i",
                directory.resolve("holdfast_1.2.3_all.deb").toString());

        String program = root.resolve("usr/bin/holdfast").toString();
        assertThat(run(0, program, "version")).startsWith("holdfast ");
        Path config = root.resolve("etc/holdfast/holdfast.yaml");
        assertThat(run(2, program, "check-config", "--config", config.toString()))
                .as("as delivered nobody may come in")
                .contains("auth.anonymous: nobody could connect");
        Files.writeString(config, "auth: {anonymous: true}\n");
        run(0, program, "check-config", "--config", config.toString());

        Files.writeString(root.resolve("usr/lib/holdfast/holdfast.aot"), "what train has made");
        dpkg("-r", "holdfast");
        assertThat(files()).containsExactlyInAnyOrder("etc/default/holdfast", "etc/holdfast/holdfast.yaml");
        dpkg("-P", "holdfast");
        assertThat(files()).isEmpty();
    }

    @Test
    void systemdUnderstandsTheUnitAndFindsWhatItStarts() throws IOException, InterruptedException {
        dpkg(
                "--force-depends",
                "-i",
                directory.resolve("holdfast_1.2.3_all.deb").toString());
        Path units = root.resolve("usr/lib/systemd/system");
        for (String target : TARGETS) {
            Files.writeString(units.resolve(target + ".target"), "[Unit]\n");
        }
        Path kill = Files.createDirectories(root.resolve("bin")).resolve("kill");
        Files.copy(root.resolve("usr/bin/holdfast"), kill);

        assertThat(run(0, "systemd-analyze", "verify", "--root=" + root, "holdfast.service"))
                .isEmpty();
    }

    @Test
    void theTarballHasTheFilesOfThePackage() throws IOException, InterruptedException {
        dpkg(
                "--force-depends",
                "-i",
                directory.resolve("holdfast_1.2.3_all.deb").toString());

        String tarball =
                run(0, "tar", "-tzf", directory.resolve("holdfast-1.2.3.tar.gz").toString());

        assertThat(tarball.lines()
                        .filter(name -> !name.endsWith("/"))
                        .map(name -> name.substring("holdfast-1.2.3/".length())))
                .containsExactlyInAnyOrderElementsOf(files());
    }

    @Test
    void theSameJarGivesTheSamePackages() throws IOException, InterruptedException {
        Path again = directory.resolve("again");
        run(
                0,
                FILES.resolve("package").toString(),
                directory.resolve("holdfast.jar").toString(),
                "1.2.3",
                again.toString());

        for (String made : List.of("holdfast_1.2.3_all.deb", "holdfast-1.2.3.tar.gz")) {
            assertThat(again.resolve(made)).hasSameBinaryContentAs(directory.resolve(made));
        }
    }

    @Test
    void theReleaseIsNewerThanItsCandidate() throws IOException, InterruptedException {
        String candidate = "1.2.3-rc.1";
        run(
                0,
                FILES.resolve("package").toString(),
                directory.resolve("holdfast.jar").toString(),
                candidate,
                directory.toString());

        String version = run(
                        0,
                        "dpkg-deb",
                        "--field",
                        directory.resolve("holdfast_" + candidate + "_all.deb").toString(),
                        "Version")
                .strip();

        run(0, "dpkg", "--compare-versions", version, "lt", "1.2.3");
    }

    private void dpkg(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("dpkg", "--root=" + root, "--force-not-root", "--force-script-chrootless"));
        command.addAll(List.of(arguments));
        run(0, command.toArray(String[]::new));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(file -> !file.startsWith("var/lib/dpkg"))
                    .toList();
        }
    }

    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" "));
    }

    private static String run(int exitCode, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        // dpkg wants ldconfig, which is not on the path of every user.
        builder.environment().merge("PATH", ":/usr/sbin:/sbin", String::concat);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s: %s", List.of(command), said).isEqualTo(exitCode);
        return said;
    }
}
