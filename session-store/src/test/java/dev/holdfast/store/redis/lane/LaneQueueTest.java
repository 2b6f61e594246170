// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.EnqueueTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In which order calls leave a lane, and which ones share a batch. */
final class LaneQueueTest {
    private static final String MASTER = "the master";

    private final LaneQueue queue = new LaneQueue();

    /** If NOSCRIPT for the first call made both change places, an UNSUBSCRIBE would be undone by the SUBSCRIBE before it. */
    @Test
    void changesOfOneSessionsSubscriptionsAreNeverInOneBatch() {
        Call subscribe = call(Script.SUBSCRIBE, "a");
        Call unsubscribe = call(Script.UNSUBSCRIBE, "a");
        Call another = call(Script.SUBSCRIBE, "b");
        Call behind = call(Script.ACKNOWLEDGE, "a");
        List.of(subscribe, unsubscribe, another, behind).forEach(queue::add);

        assertThat(batch()).containsExactly(subscribe, another);
        assertThat(batch()).containsExactly(unsubscribe, behind);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void messagesForOneSessionShareACallAsLongAsNothingElseOfItStandsBetween() {
        EnqueueCall first = enqueue("a");
        queue.add(first);
        assertThat(queue.add(enqueue("a"))).isFalse();
        Call between = call(Script.SUBSCRIBE, "a");
        queue.add(between);
        EnqueueCall later = enqueue("a");
        assertThat(queue.add(later)).isTrue();

        assertThat(batch()).containsExactly(first, between);
        assertThat(first.operations()).isEqualTo(2);
        assertThat(batch()).containsExactly(later);
    }

    @Test
    void itemsOfOneSessionShareACallOfOneScriptAsLongAsNothingElseOfItStandsBetween() {
        ItemsCall<Void> first = release("a", "1");
        queue.add(first);
        assertThat(queue.add(release("a", "1"))).isFalse();
        assertThat(queue.add(release("b", "1"))).isTrue();
        ItemsCall<Void> fencedOtherwise = release("a", "2");
        assertThat(queue.add(fencedOtherwise)).isTrue();
        assertThat(queue.add(release("a", "2"))).isFalse();
        queue.add(enqueue("a"));
        assertThat(queue.add(release("a", "2"))).isTrue();

        assertThat(batch()).hasSize(5).startsWith(first);
        assertThat(first.operations()).isEqualTo(2);
        assertThat(fencedOtherwise.operations()).isEqualTo(2);
        assertThat(queue.add(release("a", "2")))
                .as("what has left takes in nothing")
                .isTrue();
    }

    @Test
    void aBatchIsForOneMasterAndWhatIsPassedOverKeepsItsOrder() {
        Call elsewhere = new ScriptCall<>(Script.ACKNOWLEDGE, 1, List.of("x"), reply -> null);
        Call here = call(Script.ACKNOWLEDGE, "a");
        Call elsewhereToo = new ScriptCall<>(Script.RELEASE, 1, List.of("x"), reply -> null);
        List.of(elsewhere, here, elsewhereToo).forEach(queue::add);

        assertThat(queue.nextBatch(MASTER, slot -> slot == 0 ? MASTER : "other"))
                .containsExactly(here);
        assertThat(queue.nextBatch("other", slot -> slot == 0 ? MASTER : "other"))
                .containsExactly(elsewhere, elsewhereToo);
    }

    private List<Call> batch() {
        return queue.nextBatch(MASTER, slot -> MASTER);
    }

    private static Call call(Script script, String key) {
        return new ScriptCall<>(script, 0, List.of(key), reply -> null);
    }

    private static ItemsCall<Void> release(String key, String fence) {
        return new ItemsCall<>(
                Script.RELEASE,
                0,
                List.of(key),
                fence.getBytes(StandardCharsets.US_ASCII),
                reply -> null,
                reply -> null,
                new byte[] {1});
    }

    private static EnqueueCall enqueue(String key) {
        return new EnqueueCall(
                0,
                List.of(key),
                new EnqueueTarget(key, 1, false, EnqueueTarget.NO_IDENTIFIERS),
                new byte[] {0},
                false,
                (enqueued, failure) -> {});
    }
}
