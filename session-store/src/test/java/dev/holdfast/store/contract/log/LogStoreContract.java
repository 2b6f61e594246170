// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.contract.Time;
import dev.holdfast.store.log.Appended;
import dev.holdfast.store.log.LogEnds;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.log.LogPage;
import dev.holdfast.store.log.LogStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The whole contract of a {@link LogStore}. Extend it and bring a store. */
public abstract class LogStoreContract {
    private static final String NEWS = "news/#";
    private static final int ALL = 1_024;

    private @Nullable LogStoreFixture fixture;

    /** Makes an empty store with these limits for one test. */
    protected abstract LogStoreFixture open(LogLimits limits) throws Exception;

    @AfterEach
    final void closeFixture() {
        if (fixture != null) {
            fixture.close();
        }
    }

    private LogStore store(int maxMessages, long maxBytes, Duration rest) throws Exception {
        fixture = open(new LogLimits(maxMessages, maxBytes, rest));
        return fixture.store();
    }

    private LogStore store() throws Exception {
        return store(1_000, 1_000_000, Duration.ofHours(1));
    }

    private LogStore otherProcess() {
        return Answers.present(fixture).otherProcess();
    }

    private Time time() {
        return Answers.present(fixture).time();
    }

    @Test
    void messagesAreReadByEveryProcessInTheOrderOfTheirAppendsWithIndexesThatHaveNoGap() throws Exception {
        LogStore store = store();
        LogEnds empty = Answers.of(store.keep(NEWS, Duration.ofHours(1)));
        assertThat(empty.first()).isEqualTo(empty.next());
        List<CompletionStage<Appended>> appended = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            appended.add(store.append(NEWS, Samples.onTopic("news/" + i, "m" + i), i % 2 == 0 ? "pub" : null, false));
        }

        for (int i = 0; i < 50; i++) {
            assertThat(Answers.of(appended.get(i))).isEqualTo(new Appended(empty.next() + i, true));
        }
        LogPage page = Answers.present(Answers.of(otherProcess().read(NEWS, empty.first(), ALL, 1_000_000)));
        assertThat(page.ends()).isEqualTo(new LogEnds(empty.begun(), empty.first(), empty.next() + 50, 50));
        assertThat(page.entries()).hasSize(50);
        for (int i = 0; i < 50; i++) {
            LogEntry entry = page.entries().get(i);
            assertThat(entry.index()).isEqualTo(empty.next() + i);
            assertThat(Samples.text(entry.message())).isEqualTo("m" + i);
            assertThat(entry.message().topic()).isEqualTo("news/" + i);
            assertThat(entry.publisher()).isEqualTo(i % 2 == 0 ? "pub" : null);
        }
        assertThat(Answers.of(store.keep(NEWS, Duration.ZERO)))
                .as("to keep a log changes nothing in it")
                .isEqualTo(page.ends());
    }

    @Test
    void aMessageComesOutAsItWasPublished() throws Exception {
        LogStore store = store();
        long first = Answers.of(store.keep(NEWS, Duration.ofHours(1))).first();
        Message plain = Samples.withContentType("news/x", "text/plain", "body");
        Message published = new Message(
                plain.id(),
                plain.body(),
                plain.propertiesOffset(),
                plain.payloadOffset(),
                2,
                true,
                plain.arrivedAtMillis(),
                1_900_000_000_123L);
        Answers.of(store.append(NEWS, published, "p{ü}%", false));

        LogEntry entry = Answers.present(Answers.of(store.read(NEWS, first, 1, 1)))
                .entries()
                .get(0);

        assertThat(entry.publisher()).isEqualTo("p{ü}%");
        Message message = entry.message();
        assertThat(message.id()).isEqualTo(published.id());
        assertThat(message.body()).isEqualTo(published.body());
        assertThat(message.qos()).isEqualTo(2);
        assertThat(message.isRetain()).isTrue();
        assertThat(message.arrivedAtMillis()).isEqualTo(published.arrivedAtMillis());
        assertThat(message.expiresAtMillis()).isEqualTo(1_900_000_000_123L);
        assertThat(Samples.text(message)).isEqualTo("body");
    }

    @Test
    void aPageBeginsAtItsIndexAndEndsAtItsBounds() throws Exception {
        LogStore store = store();
        long first = Answers.of(store.keep(NEWS, Duration.ofHours(1))).first();
        for (int i = 0; i < 60; i++) {
            Answers.of(store.append(NEWS, Samples.ofSize(100), null, false));
        }

        assertThat(indexes(store.read(NEWS, first + 7, 40, 1_000_000)))
                .containsExactlyElementsOf(range(first + 7, first + 47));
        assertThat(indexes(store.read(NEWS, first + 7, 40, 1_000))).hasSizeBetween(6, 10);
        assertThat(indexes(store.read(NEWS, first + 58, 40, 1_000_000))).containsExactly(first + 58, first + 59);
        assertThat(indexes(store.read(NEWS, first + 60, 40, 1_000_000))).isEmpty();
        assertThat(indexes(store.read(NEWS, 0, 2, 1_000_000))).containsExactly(first, first + 1);
    }

    @Test
    void logsAreApart() throws Exception {
        LogStore store = store();
        Answers.of(store.keep(NEWS, Duration.ofHours(1)));
        long other = Answers.of(store.keep("news/{+}%", Duration.ofHours(1))).first();
        Answers.of(store.append(NEWS, Samples.message("here"), null, false));

        assertThat(indexes(store.read("news/{+}%", other, ALL, 1_000))).isEmpty();
        assertThat(names()).containsExactlyInAnyOrder(NEWS, "news/{+}%");
    }

    @Test
    void nothingIsAppendedToALogThatIsNotThere() throws Exception {
        LogStore store = store();

        assertThat(Answers.of(store.append(NEWS, Samples.message("m"), null, false)))
                .isEqualTo(Appended.NOWHERE);

        assertThat(Answers.of(store.read(NEWS, 0, 1, 1))).isNull();
        assertThat(names()).isEmpty();
    }

    @Test
    void theOldestMessagesGiveWay() throws Exception {
        LogStore store = store(10, 1_000_000, Duration.ofHours(1));
        long first = Answers.of(store.keep(NEWS, Duration.ofHours(1))).first();
        for (int i = 0; i < 25; i++) {
            Answers.of(store.append(NEWS, Samples.message("m" + i), null, false));
        }

        LogPage page = Answers.present(Answers.of(store.read(NEWS, first, ALL, 1_000_000)));
        assertThat(page.ends()).isEqualTo(new LogEnds(first, first + 15, first + 25, 10));
        assertThat(page.ends().from(first + 20)).isEqualTo(5);
        assertThat(page.ends().from(first)).isEqualTo(10);
        assertThat(page.ends().from(first + 25)).isZero();
        assertThat(page.entries().stream().map(LogEntry::index))
                .containsExactlyElementsOf(range(first + 15, first + 25));
    }

    @Test
    void aLogIsBoundedInBytesAndKeepsTheNewestMessageHoweverLargeItIs() throws Exception {
        LogStore store = store(1_000, 2_000, Duration.ofHours(1));
        long first = Answers.of(store.keep(NEWS, Duration.ofHours(1))).first();
        for (int i = 0; i < 30; i++) {
            Answers.of(store.append(NEWS, Samples.ofSize(200), null, false));
        }
        assertThat(indexes(store.read(NEWS, first, ALL, 1_000_000)))
                .hasSizeBetween(7, 10)
                .contains(first + 29);

        Answers.of(store.append(NEWS, Samples.ofSize(5_000), null, false));

        assertThat(indexes(store.read(NEWS, first, ALL, 1_000_000))).containsExactly(first + 30);
    }

    @Test
    void aMessageThatMayRepeatIsAppendedOnce() throws Exception {
        LogStore store = store();
        long first = Answers.of(store.keep(NEWS, Duration.ofHours(1))).first();
        Message message = Samples.message("m");
        Answers.of(store.append(NEWS, message, "pub", false));
        for (int i = 0; i < 200; i++) {
            Answers.of(store.append(NEWS, Samples.message("other"), null, false));
        }

        assertThat(Answers.of(otherProcess().append(NEWS, message, "pub", true)))
                .as("the highest index")
                .isEqualTo(new Appended(first + 200, false));
        assertThat(Answers.of(store.append(NEWS, Samples.message("new"), "pub", true)))
                .isEqualTo(new Appended(first + 201, true));
    }

    @Test
    void aQos2MessageThatHasGivenWayIsStillNotAppendedAgain() throws Exception {
        LogStore store = store(3, 1_000_000, Duration.ofHours(1));
        long first = Answers.of(store.keep(NEWS, Duration.ofHours(1))).first();
        Message once = qos2("once");
        Answers.of(store.append(NEWS, once, null, false));
        for (int i = 0; i < 5; i++) {
            Answers.of(store.append(NEWS, qos2("other"), null, false));
        }

        assertThat(Answers.of(store.append(NEWS, once, null, true))).isEqualTo(new Appended(first + 5, false));
        assertThat(Answers.of(otherProcess().append(NEWS, once, null, false)))
                .as("an append that was late")
                .isEqualTo(new Appended(first + 5, false));
    }

    @Test
    void aLogEndsWhenNobodyHasKeptItForLongEnoughAndNoSooner() throws Exception {
        LogStore store = store(10, 1_000_000, Duration.ZERO);
        Duration step = time().step();
        Answers.of(store.keep(NEWS, step.multipliedBy(3)));
        Answers.of(store.keep(NEWS, Duration.ZERO));
        Answers.of(store.append(NEWS, qos2("m"), null, false));
        time().pass(step);
        assertThat(Answers.of(store.sweep(100))).isEmpty();
        Answers.of(otherProcess().keep(NEWS, step.multipliedBy(4)));
        time().pass(step.multipliedBy(3));
        assertThat(Answers.of(store.sweep(100))).as("it has been kept again").isEmpty();
        assertThat(names()).containsExactly(NEWS);
        time().pass(step.multipliedBy(2));

        assertThat(sweptByBoth()).containsExactly(NEWS);

        assertThat(Answers.of(store.read(NEWS, 0, 1, 1))).isNull();
        assertThat(names()).isEmpty();
    }

    private List<String> sweptByBoth() {
        List<String> all =
                new ArrayList<>(Answers.of(Answers.present(fixture).store().sweep(100)));
        all.addAll(Answers.of(otherProcess().sweep(100)));
        return all;
    }

    @Test
    void aLogThatBeginsAgainGivesNoIndexTwice() throws Exception {
        LogStore store = store(10, 1_000_000, Duration.ZERO);
        Answers.of(store.keep(NEWS, Duration.ZERO));
        long last = 0;
        for (int i = 0; i < 5; i++) {
            last = Answers.of(store.append(NEWS, Samples.message("m"), null, false))
                    .index();
        }
        time().pass(time().step().multipliedBy(2));
        assertThat(Answers.of(store.sweep(100))).containsExactly(NEWS);

        LogEnds anew = Answers.of(store.keep(NEWS, Duration.ofHours(1)));

        assertThat(anew.first()).isGreaterThan(last).isEqualTo(anew.begun());
        assertThat(Answers.of(store.append(NEWS, Samples.message("m"), null, false)))
                .isEqualTo(new Appended(anew.next(), true));
    }

    @Test
    void everyLogIsNamedHoweverManyThereAre() throws Exception {
        LogStore store = store();
        Set<String> expected = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            expected.add("news/" + i);
            Answers.of(store.keep("news/" + i, Duration.ofHours(1)));
        }

        assertThat(new HashSet<>(names())).isEqualTo(expected);
    }

    private List<String> names() {
        List<String> all = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            LogStore.Names page = Answers.of(otherProcess().names(cursor, 10));
            all.addAll(page.filters());
            cursor = page.nextCursor();
        }
        return all;
    }

    private static List<Long> indexes(CompletionStage<@Nullable LogPage> page) {
        return Answers.present(Answers.of(page)).entries().stream()
                .map(LogEntry::index)
                .toList();
    }

    private static List<Long> range(long from, long until) {
        List<Long> all = new ArrayList<>();
        for (long index = from; index < until; index++) {
            all.add(index);
        }
        return all;
    }

    private static Message qos2(String text) {
        MessageId id = Samples.newId();
        return Message.of(id, "news/a", text.getBytes(StandardCharsets.UTF_8), 2, false, 1_700_000_000_000L);
    }
}
