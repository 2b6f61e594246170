// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All attacks on one gateway with 256 MB of heap, beside 200 clients that publish 1,000 messages a second and one that connects each
 * second: nobody of them notices, and when it is over the heap and the descriptors are what they were.
 */
final class AttackSeriesTest {
    private static final double LONGEST_P99_MILLIS = 250;
    private static final long MEBIBYTE = 1024 * 1024;
    /** Tables that have grown, code that has been loaded. */
    private static final long MORE_HEAP_BYTES = 8 * MEBIBYTE;
    /** Connections that are just closing. */
    private static final int MORE_DESCRIPTORS = 10;
    /** And those whose clients have gone, and left megabytes that are read at the rate at which clients may send: for some minutes each. */
    private static final int MORE_IN_THE_LONG_RUN = 20;

    @TempDir
    private Path directory;

    private static List<String> jvm() {
        List<String> flags = new ArrayList<>(List.of("-Xmx256m", "-XX:TieredStopAtLevel=4"));
        String more = System.getProperty("holdfast.attack.jvm", "");
        if (!more.isEmpty()) {
            flags.addAll(List.of(more.split(" ")));
        }
        return flags;
    }

    private static Duration each() {
        return Duration.ofSeconds(Integer.getInteger("holdfast.attack.seconds", 10));
    }

    private static List<Attack> attacks() {
        List<Attack> all = new ArrayList<>(MemoryAttack.all(1));
        all.addAll(TimeAttack.all(1));
        String only = System.getProperty("holdfast.attack.only", "");
        all.removeIf(attack -> !attack.title().contains(only));
        return all;
    }

    private static String state(long heap, int descriptors) {
        return String.format(Locale.ROOT, "%.1f MB, %d descriptors", heap / 1e6, descriptors);
    }

    private static void judge(SoftAssertions softly, String title, Bystander.Report report) {
        softly.assertThat(report.lost()).as("lost: " + title).isZero();
        softly.assertThat(report.cut() + report.refused())
                .as("cut or refused: " + title)
                .isZero();
        softly.assertThat(report.p99Millis()).as("p99: " + title).isLessThan(LONGEST_P99_MILLIS);
    }

    /** What the bystander notices on this machine, at this time, when there is no attack: to compare the others with. */
    private static final class Peace implements Attack {
        @Override
        public String title() {
            return "nobody attacks";
        }

        @Override
        public void prepare(Crowd crowd) {}

        @Override
        public void go(BooleanSupplier isOver) {}
    }

    @Test
    @Tag("long")
    void oneGatewayWithstandsAllOfThemOneAfterTheOther() throws InterruptedException {
        try (AttackSeries series = new AttackSeries(directory, jvm())) {
            SoftAssertions softly = new SoftAssertions();
            long heap = series.heapAfterCollection();
            int descriptors = series.descriptors();
            System.out.println("| before | " + state(heap, descriptors) + " | | | |");
            System.out.println(
                    "| nobody attacks | " + series.stand(new Peace(), each()).cells() + " |");
            for (Attack attack : attacks()) {
                Bystander.Report report = series.stand(attack, each());
                System.out.println("| " + attack.title() + " | " + report.cells() + " |");
                judge(softly, attack.title(), report);
            }
            long heapAfter = series.heapAfterCollection();
            int descriptorsAfter = series.descriptors();
            System.out.println("| after | " + state(heapAfter, descriptorsAfter) + " | | | |");

            softly.assertThat(series.isAlive()).isTrue();
            softly.assertThat(heapAfter).as("heap").isLessThan(heap + MORE_HEAP_BYTES);
            softly.assertThat(descriptorsAfter).as("descriptors").isLessThanOrEqualTo(descriptors + MORE_DESCRIPTORS);
            softly.assertAll();
        }
    }

    /** In random order, for two hours unless told otherwise; a line a minute. */
    @Test
    @Tag("soak")
    void heapAndDescriptorsStayFlatForHours() throws InterruptedException {
        Duration howLong = Duration.ofMinutes(Integer.getInteger("holdfast.soak.minutes", 120));
        long seed = Long.getLong("holdfast.soak.seed", System.nanoTime());
        Random random = new Random(seed);
        System.out.println("seed " + seed);
        List<Attack> attacks = attacks();
        try (AttackSeries series = new AttackSeries(directory, jvm())) {
            SoftAssertions softly = new SoftAssertions();
            for (Attack attack : attacks) { // whose tables and code are to be there before the first look
                judge(softly, attack.title(), series.stand(attack, Duration.ofSeconds(3)));
            }
            long heap = series.heapAfterCollection();
            int descriptors = series.descriptors();
            System.out.println("| at first | " + state(heap, descriptors) + " |");
            long begin = System.nanoTime();
            long look = begin;
            while (System.nanoTime() - begin < howLong.toNanos()) {
                Attack attack = attacks.get(random.nextInt(attacks.size()));
                Bystander.Report report = series.stand(attack, each());
                judge(softly, attack.title(), report);
                if (System.nanoTime() - look >= 0) {
                    look += Duration.ofMinutes(1).toNanos();
                    long heapNow = series.heapAfterCollection();
                    int descriptorsNow = series.descriptors();
                    System.out.printf(
                            Locale.ROOT,
                            "| %d min | %s | %s | %s |%n",
                            Duration.ofNanos(System.nanoTime() - begin).toMinutes(),
                            state(heapNow, descriptorsNow),
                            attack.title(),
                            report.cells());
                    softly.assertThat(heapNow)
                            .as("heap after " + attack.title())
                            .isLessThan(heap + MORE_HEAP_BYTES);
                    softly.assertThat(descriptorsNow)
                            .as("descriptors after " + attack.title())
                            .isLessThanOrEqualTo(descriptors + MORE_DESCRIPTORS + MORE_IN_THE_LONG_RUN);
                }
            }
            assertThat(series.isAlive()).isTrue();
            softly.assertAll();
        }
    }
}
