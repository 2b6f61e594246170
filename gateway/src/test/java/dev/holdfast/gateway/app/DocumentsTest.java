// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The documents of the repository lead from one to the other. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..");
    private static final Set<String> NOT_OURS = Set.of("node_modules", "target", ".git", "dist");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern STEP = Pattern.compile("(?m)^\\d+\\. `([a-z.]+\\.[A-Z]\\w*)`");
    private static final Pattern CODE = Pattern.compile("(?s)```.*?```");

    @Test
    void everyLinkLeadsToAFileThatIsThereAndToAHeadingInIt() throws IOException {
        List<String> broken = new ArrayList<>();
        List<Path> pages = pages();
        for (Path page : pages) {
            Matcher links = LINK.matcher(CODE.matcher(Files.readString(page)).replaceAll(""));
            while (links.find()) {
                String link = links.group(1);
                if (!link.contains("://") && !leadsSomewhere(page, link)) {
                    broken.add(page + " -> " + link);
                }
            }
        }

        assertThat(pages).hasSizeGreaterThan(5);
        assertThat(broken).isEmpty();
    }

    /** The map names a class at each step of a walk: {@code 1. `protocol.Connection`: ...}. */
    @Test
    void theWalksOfTheMapNameClassesThatAreThere() throws IOException {
        String map = Files.readString(ROOT.resolve(".github/ARCHITECTURE.md"));
        List<String> missing = new ArrayList<>();
        Matcher steps = STEP.matcher(map.substring(map.indexOf("## Three walks")));
        int count = 0;
        while (steps.find()) {
            count++;
            String path = steps.group(1).replace('.', '/') + ".java";
            boolean isThere = Files.exists(ROOT.resolve("gateway/src/main/java/dev/holdfast/gateway/" + path))
                    || Files.exists(ROOT.resolve("session-store/src/main/java/dev/holdfast/" + path));
            if (!isThere) {
                missing.add(steps.group(1));
            }
        }

        assertThat(count).isGreaterThan(30);
        assertThat(missing).isEmpty();
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return NOT_OURS.contains(directory.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".md")) {
                    pages.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return pages;
    }

    private static boolean leadsSomewhere(Path page, String link) throws IOException {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? page : page.resolveSibling(file);
        if (!Files.exists(target)) {
            return false;
        }
        return hash < 0 || anchors(target).contains(link.substring(hash + 1));
    }

    /** The names of headings, as code hosts make them. */
    private static Set<String> anchors(Path page) throws IOException {
        return HEADING.matcher(Files.readString(page))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }
}
