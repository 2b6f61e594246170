// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Leftovers;
import dev.holdfast.store.session.QueueLimits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which gateway gives the messages that ended sessions have left to the other members of shared subscriptions. */
final class LeftoversTest {
    private static final QueueLimits LIMITS = new QueueLimits(10, 1_000, QueueLimits.DropPolicy.DROP_OLDEST);

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;
    private long number;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.address()));
        store = new RedisSessionStore(connection);
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    /** Once, two gateways gave the same messages, 86 ms apart: the fault rig saw a member get QoS 2 messages twice. */
    @Test
    void whatIsBeingGivenIsNotHandedOutAgainThoughMoreIsLeft() {
        leave("one");
        List<String> handedOut = sweepUntilSomethingIsLeft();
        Leftovers first = answer(store.leftovers("c", 10));
        leave("two");

        for (int sweeps = 0; sweeps < 20; sweeps++) {
            handedOut.addAll(answer(store.sweep(10)).leftovers());
        }
        answer(store.leftoversGiven(first));

        assertThat(handedOut).containsExactly("c");
        assertThat(texts(first)).containsExactly("one");
        assertThat(texts(answer(store.leftovers("c", 10)))).containsExactly("two");
    }

    @Test
    void whatIsSaidToBeGivenTwiceTakesNothingElseAway() {
        leave("one");
        leave("two");
        Leftovers first = answer(store.leftovers("c", 1));

        answer(store.leftoversGiven(first));
        answer(store.leftoversGiven(first));

        assertThat(texts(answer(store.leftovers("c", 10)))).containsExactly("two");
    }

    @Test
    void whenAllIsGivenNoKeyIsLeft() {
        leave("one");
        sweepUntilSomethingIsLeft();

        answer(store.leftoversGiven(answer(store.leftovers("c", 10))));

        assertThat(redis.command("KEYS", "hf:{c}[sv]")).isEqualTo("*0");
        leave("two");
        assertThat(sweepUntilSomethingIsLeft()).containsExactly("c");
    }

    private List<String> sweepUntilSomethingIsLeft() {
        List<String> handedOut = new ArrayList<>();
        // The index, by which a sweep finds it, is written beside the call that ends the session.
        for (int sweeps = 0; sweeps < 1_000 && handedOut.isEmpty(); sweeps++) {
            handedOut.addAll(answer(store.sweep(10)).leftovers());
        }
        return handedOut;
    }

    private void leave(String text) {
        Attached attached =
                answer(store.attach(new AttachRequest("c", "p", "g", false, Duration.ofMinutes(1), null, LIMITS, 0)));
        answer(store.subscribe(attached.ref(), List.of(Subscription.of("$share/g/t", 1))));
        EnqueueTarget shared =
                new EnqueueTarget("c", attached.born(), 1, false, EnqueueTarget.NO_IDENTIFIERS, "$share/g/t", false);
        answer(store.enqueue(message(text), List.of(shared), false));
        answer(store.detach(attached.ref(), new DetachRequest(Duration.ZERO, 0, false)));
    }

    private Message message(String text) {
        return Message.of(
                new MessageId(7, ++number), "t", text.getBytes(StandardCharsets.UTF_8), 1, false, 1_700_000_000_000L);
    }

    private static List<String> texts(Leftovers left) {
        return left.messages().stream()
                .map(each -> new String(
                        each.message().body(),
                        each.message().payloadOffset(),
                        each.message().body().length - each.message().payloadOffset(),
                        StandardCharsets.UTF_8))
                .toList();
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }
}
