// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.redis.RedisProcess;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Where a Java process of a test finds the classes of the program: in an archive that the JVM maps into memory as they were once loaded
 * (AppCDS), which saves more than a third of the CPU time of a start; or, where there is none, on the class path alone.
 *
 * <p>The archive is made by the first test of a build that starts a gateway. It lies under {@code target} with the jars that stand for
 * the directories of the class path, since the JVM archives no class of a directory.
 *
 * @param jvmFlags what names the archive
 * @param classPath what the classes are loaded from that the archive lacks
 */
record ProgramClasses(List<String> jvmFlags, String classPath) {
    /** Names the class path of another build of the gateway, to be compared with this one. */
    private static final String OTHER_BUILD = "holdfast.gateway.classpath";

    private static final Path FOLDER = Path.of("target", "program-classes").toAbsolutePath();
    private static final int DUMP_SECONDS = 60;

    /** Those of the program that is tested. */
    static ProgramClasses tested() {
        return Tested.CLASSES;
    }

    /** Found once for each JVM that runs tests. */
    private static final class Tested {
        static final ProgramClasses CLASSES = find();
    }

    private static ProgramClasses find() {
        String own = System.getProperty("java.class.path");
        String given = System.getProperty(OTHER_BUILD, own);
        if (given.equals(own) && System.getProperty(HoldfastProcess.OTHER_MAIN) == null) {
            try {
                return archived(given);
            } catch (Exception | AssertionError e) {
                System.err.println("No archive of the program's classes, gateways start slowly: " + e);
            }
        }
        return new ProgramClasses(List.of(), given);
    }

    private static ProgramClasses archived(String given) throws Exception {
        List<Path> program = new ArrayList<>();
        List<Path> tests = new ArrayList<>();
        for (String entry : given.split(File.pathSeparator)) {
            Path path = Path.of(entry).toAbsolutePath();
            if (FOLDER.startsWith(
                    path)) { // as an empty entry, which is the working directory: a jar of it would hold itself
                throw new IOException(path + " is on the class path");
            }
            // Last on the class path and not in the archive, which need not be made again when only a test has changed.
            (path.endsWith("test-classes") ? tests : program).add(path);
        }
        Path folder = FOLDER.resolve(digest(program));
        List<Path> jars = new ArrayList<>();
        for (int i = 0; i < program.size(); i++) {
            Path path = program.get(i);
            jars.add(Files.isDirectory(path) ? folder.resolve(i + ".jar") : path);
        }
        Path archive = folder.resolve("archive.jsa");
        Files.createDirectories(FOLDER);
        try (FileChannel lock =
                        FileChannel.open(FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = lock.lock()) {
            if (!Files.exists(archive)) {
                deleteOlder();
                Files.createDirectories(folder);
                for (int i = 0; i < program.size(); i++) {
                    if (!jars.get(i).equals(program.get(i))) {
                        pack(program.get(i), jars.get(i));
                    }
                }
                make(archive, joined(jars));
            }
        }
        jars.addAll(tests);
        return new ProgramClasses(List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:auto"), joined(jars));
    }

    /** Starts and ends a gateway whose JVM writes down what it has loaded, with what most gateways of the tests load. */
    private static void make(Path archive, String classPath) throws Exception {
        Path dump = archive.resolveSibling("dump.jsa");
        ProgramClasses dumped = new ProgramClasses(List.of("-XX:ArchiveClassesAtExit=" + dump), classPath);
        try (RedisProcess redis = RedisProcess.start();
                GatewayProcess gateway =
                        GatewayProcess.start(dumped, List.of("store.redis.url=" + redis.addressForGateways()))) {
            try (RawClient client = new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5)) {
                client.connected(Connect.kept("any"));
            }
            gateway.signalled("-TERM").get(DUMP_SECONDS, TimeUnit.SECONDS);
        }
        Files.move(dump, archive, StandardCopyOption.ATOMIC_MOVE);
    }

    /** One more of 50 MB for every change of the program would be too much. */
    private static void deleteOlder() throws IOException {
        try (Stream<Path> all = Files.walk(FOLDER)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(FOLDER) && !path.endsWith("lock")) {
                    Files.delete(path);
                }
            }
        }
    }

    private static void pack(Path directory, Path jar) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(jar));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            for (Path file : files(directory)) {
                zip.putNextEntry(new ZipEntry(directory.relativize(file).toString()));
                Files.copy(file, zip);
            }
        }
    }

    /** Changes with the Java that runs the tests and with every file of the program. */
    private static String digest(List<Path> program) throws Exception {
        StringBuilder text = new StringBuilder();
        text.append(System.getProperty("java.home")).append(' ').append(System.getProperty("java.vm.version"));
        for (Path path : program) {
            for (Path file : Files.isDirectory(path) ? files(path) : List.of(path)) {
                text.append('\n').append(file);
                if (Files.exists(file)) {
                    text.append(' ').append(Files.size(file)).append(' ').append(Files.getLastModifiedTime(file));
                }
            }
        }
        byte[] digest =
                MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest, 0, 8);
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static String joined(List<Path> paths) {
        return String.join(
                File.pathSeparator, paths.stream().map(Path::toString).toList());
    }
}
