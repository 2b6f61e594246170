// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.Message;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.RetainedStore.TopicPage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole contract of a {@link RetainedStore}. Extend it and bring a store. */
public abstract class RetainedStoreContract {
    private static final RetainedLimits LIMITS = new RetainedLimits(30, 200);

    private @Nullable RetainedStoreFixture fixture;

    /** Makes an empty store with these limits for one test. */
    protected abstract RetainedStoreFixture open(RetainedLimits limits) throws Exception;

    @BeforeEach
    final void openFixture() throws Exception {
        fixture = open(LIMITS);
    }

    @AfterEach
    final void closeFixture() {
        fixture().close();
        fixture = null;
    }

    @Test
    void theLastMessageOfATopicIsFound() {
        assertThat(retain("a/b", "first")).isTrue();
        assertThat(retain("a/b", "second")).isTrue();

        assertThat(find("a/b")).containsExactly("second");
        assertThat(Answers.of(fixture().otherProcess().find(List.of("a/b"))))
                .extracting(Samples::text)
                .containsExactly("second");
    }

    @Test
    void aFoundMessageIsTheOneThatWasRetained() {
        byte[] body = {0, 1, 't', 2, 1, 1, 5, 6, (byte) 0xFF};
        long expiresAt = time().nowMillis() + 3_600_000;
        Message message = new Message(Samples.newId(), body, 3, 6, 2, true, 1_234_567_890_123L, expiresAt);
        Answers.of(store().retain(message));

        Message found = Answers.of(fixture().otherProcess().find(List.of("t"))).get(0);

        assertThat(found.id()).isEqualTo(message.id());
        assertThat(found.body()).isEqualTo(body);
        assertThat(found.propertiesOffset()).isEqualTo(3);
        assertThat(found.payloadOffset()).isEqualTo(6);
        assertThat(found.qos()).isEqualTo(2);
        assertThat(found.isRetain()).isTrue();
        assertThat(found.arrivedAtMillis()).isEqualTo(1_234_567_890_123L);
        assertThat(found.expiresAtMillis()).isEqualTo(expiresAt);
    }

    @Test
    void topicsWithoutAMessageAreLeftOut() {
        retain("a", "1");
        retain("c", "3");

        assertThat(find("a", "b", "c")).containsExactlyInAnyOrder("1", "3");
        assertThat(find()).isEmpty();
    }

    @Test
    void aClearedTopicHasNone() {
        retain("a", "1");

        Answers.of(store().clear("a", 0));
        Answers.of(store().clear("never-there", 0));

        assertThat(find("a")).isEmpty();
        assertThat(allTopics(store())).isEmpty();
    }

    @Test
    void anExpiredMessageIsNotFound() {
        Answers.of(store().retain(expiring("a", 2)));
        Answers.of(store().retain(expiring("b", 1000)));
        assertThat(find("a", "b")).containsExactlyInAnyOrder("a", "b");

        time().pass(time().steps(2));

        assertThat(find("a", "b")).containsExactly("b");
    }

    @Test
    void aMessageThatReplacesAnExpiringOneLivesByItsOwnExpiry() {
        Answers.of(store().retain(expiring("a", 1)));
        retain("a", "forever");

        time().pass(time().steps(2));
        retain("b", "1");

        assertThat(find("a")).containsExactly("forever");
    }

    @Test
    void aMessageTooLargeIsNotKeptAndTheOldOneStays() {
        String largest = "x".repeat(LIMITS.maxMessageBytes());
        assertThat(retain("a/b", largest)).isTrue(); // the payload alone counts

        assertThat(retain("a/b", largest + "x")).isFalse();
        assertThat(retain("a/b", largest + "x")).isFalse();

        assertThat(find("a/b")).containsExactly(largest);
    }

    @Test
    void aTopicTooManyIsNotKeptButAKnownOneIsStillReplaced() {
        for (int i = 0; i < LIMITS.maxMessages(); i++) {
            assertThat(retain("t" + i, "1")).isTrue();
        }

        assertThat(retain("one-more", "1")).isFalse();
        assertThat(retain("t0", "2")).isTrue();
        Answers.of(store().clear("t1", 0));
        assertThat(retain("one-more", "1")).isTrue();

        assertThat(find("one-more", "t0", "t1")).containsExactlyInAnyOrder("1", "2");
    }

    @Test
    void anExpiredMessageMakesRoomForANewTopic() {
        for (int i = 0; i < LIMITS.maxMessages(); i++) {
            Answers.of(store().retain(expiring("t" + i, 1)));
        }
        time().pass(time().steps(1));

        assertThat(retain("one-more", "1")).isTrue();
    }

    @Test
    void theTopicsPageThroughAllOfThem() {
        List<String> expected =
                IntStream.range(0, 25).mapToObj(i -> "topic/" + i).toList();
        expected.forEach(topic -> retain(topic, "1"));

        assertThat(allTopics(store())).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(allTopics(fixture().otherProcess())).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void aListenerHearsWhichTopicsGainAndLoseTheirMessage() {
        List<String> heard = new CopyOnWriteArrayList<>();
        fixture().otherProcess().onChange(new RetainedStore.Listener() {
            @Override
            public void retained(String topic) {
                heard.add("+" + topic);
            }

            @Override
            public void cleared(String topic) {
                heard.add("-" + topic);
            }
        });
        // It hears nothing before its own subscription is there.
        await().untilAsserted(() -> {
            Answers.of(store().clear("probe", 0));
            retain("probe", "1");
            assertThat(heard).contains("+probe");
        });

        retain("a", "1");
        retain("b", "1");
        Answers.of(store().clear("a", 0));
        Answers.of(store().clear("a", 0));
        retain("a", "2");

        await().untilAsserted(() ->
                assertThat(heard.stream().filter(one -> one.endsWith("a"))).containsExactly("+a", "-a", "+a"));
        assertThat(heard).contains("+b");
    }

    private RetainedStoreFixture fixture() {
        if (fixture == null) {
            throw new IllegalStateException("no test runs");
        }
        return fixture;
    }

    private RetainedStore store() {
        return fixture().store();
    }

    private Time time() {
        return fixture().time();
    }

    private boolean retain(String topic, String text) {
        return Answers.of(store().retain(Samples.onTopic(topic, text)));
    }

    private Message expiring(String topic, int steps) {
        return Samples.expiringAt(time().nowMillis() + time().steps(steps).toMillis(), topic, topic);
    }

    private List<String> find(String... topics) {
        return Answers.of(store().find(List.of(topics))).stream()
                .map(Samples::text)
                .toList();
    }

    private static List<String> allTopics(RetainedStore store) {
        List<String> all = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            TopicPage page = Answers.of(store.topics(cursor, 4));
            all.addAll(page.topics());
            cursor = page.nextCursor();
        }
        return all;
    }
}
