// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.StaleSessionException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The steps of many messages of one client at QoS 2 that wait together are one call of a script, and each has its own outcome. */
final class ItemsCallTest {
    private static final QueueLimits LIMITS = new QueueLimits(1_000, 1 << 20, QueueLimits.DropPolicy.DROP_OLDEST);
    private static final int MESSAGES = 40;

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;
    private SessionRef session;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        store = new RedisSessionStore(connection);
        session = attach();
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    @Test
    void messagesThatAreHeldTogetherAreHeldEachUnderItsOwnIdentifier() {
        answer(store.holdInbound(session, 3, message(300)));

        List<Boolean> held = together(i -> store.holdInbound(session, i, message(i)));

        assertThat(held.remove(3)).as("another message is held under 3").isFalse();
        assertThat(held).hasSize(MESSAGES - 1).containsOnly(true);
        assertThat(payload(3)).isEqualTo("m300");
        assertThat(payload(39)).isEqualTo("m39");
        assertThat(redis.command("PTTL", "hf:{s}i").strip()).isNotEqualTo("-1");
    }

    @Test
    void messagesThatAreDroppedTogetherAreGoneAndNoOther() {
        together(i -> store.holdInbound(session, i, message(i)));
        answer(store.holdInbound(session, 1_000, message(1_000)));

        together(i -> store.dropInbound(session, i));

        assertThat(answer(store.takeInbound(session, 0))).isNull();
        assertThat(answer(store.takeInbound(session, 39))).isNull();
        assertThat(payload(1_000)).isEqualTo("m1000");
    }

    @Test
    void messagesThatAreReleasedTogetherKeepTheirPlacesUntilTheyAreAcknowledged() {
        enqueueAll(MESSAGES + 1);

        together(i -> store.release(session, i + 1));

        List<QueuedMessage> queued = answer(store.read(session, 1, 100, 1 << 20));
        assertThat(queued).hasSize(MESSAGES + 1);
        assertThat(queued.subList(0, MESSAGES)).allMatch(one -> one.state() == QueuedMessage.State.RELEASED);
        assertThat(queued.get(MESSAGES).state()).isEqualTo(QueuedMessage.State.QUEUED);
        answer(store.acknowledge(session, MESSAGES, new long[0]));
        assertThat(answer(store.read(session, 1, 100, 1 << 20))).hasSize(1);
    }

    /** The bytes of a queue count once what is taken off: a client that says everything twice would make room that is not there. */
    @Test
    void aMessageThatIsReleasedTwiceAtOnceIsTakenOffOnce() {
        enqueueAll(MESSAGES);

        together(i -> store.release(session, i / 2 + 1));

        int bodies = 0;
        for (int i = MESSAGES / 2; i < MESSAGES; i++) {
            bodies += message(i).body().length;
        }
        assertThat(redis.command("HGET", "hf:{s}", "b").strip()).isEqualTo(Integer.toString(bodies));
    }

    /** Both connections of the client send at the same time; the calls of the one that has been displaced share none with the other. */
    @Test
    void whatADisplacedConnectionAsksFailsAsAWholeAndNothingElseDoes() {
        SessionRef displaced = session;
        session = attach();

        List<CompletionStage<?>> stale = new ArrayList<>();
        redis.pause();
        List<CompletionStage<Boolean>> own = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            stale.add(store.holdInbound(displaced, 100 + i, message(i)));
            own.add(store.holdInbound(session, i, message(i)));
        }
        redis.resume();
        own.forEach(one -> assertThat(answer(one)).isTrue());

        assertThat(stale)
                .hasSize(MESSAGES)
                .allSatisfy(
                        one -> assertThatThrownBy(() -> answer(one)).hasCauseInstanceOf(StaleSessionException.class));
        assertThat(payload(7)).isEqualTo("m7");
        assertThat(answer(store.takeInbound(session, 107))).isNull();
    }

    /** Has calls wait together while Redis stands still, and answers what becomes of them. */
    private <T> List<T> together(IntFunction<CompletionStage<T>> call) {
        long before = connection.meter().calls();
        redis.pause();
        List<CompletionStage<T>> all = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            all.add(call.apply(i));
        }
        redis.resume();
        List<T> outcomes = new ArrayList<>();
        all.forEach(one -> outcomes.add(answer(one)));
        assertThat(connection.meter().calls() - before).isLessThan(MESSAGES / 2);
        return outcomes;
    }

    private SessionRef attach() {
        return answer(store.attach(new AttachRequest("s", "p", "g", false, Duration.ofHours(1), null, LIMITS)))
                .ref();
    }

    private void enqueueAll(int count) {
        for (int i = 0; i < count; i++) {
            answer(store.enqueue(
                    message(i), List.of(new EnqueueTarget("s", 2, false, EnqueueTarget.NO_IDENTIFIERS)), false));
        }
    }

    private @Nullable String payload(int packetId) {
        Message held = answer(store.takeInbound(session, packetId));
        return held == null
                ? null
                : new String(held.body(), held.payloadOffset(), held.payloadLength(), StandardCharsets.UTF_8);
    }

    private static Message message(int number) {
        byte[] payload = ("m" + number).getBytes(StandardCharsets.UTF_8);
        return Message.of(new MessageId(7, number), "t", payload, 2, false, System.currentTimeMillis());
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
