// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.EnqueueCall;
import dev.holdfast.store.redis.lane.ItemsCall;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.SessionRef;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Calls scripts on one session: on its slot, with the keys that the script touches, fenced by its reference. Any thread. */
final class SessionCalls {
    private final RedisConnection connection;
    private final RedisKeys names;

    SessionCalls(RedisConnection connection) {
        this.connection = connection;
        names = connection.keys();
    }

    /** Calls a script with all keys of a session; the decoder looks at the fence if there is one. */
    <T> CompletableFuture<T> whole(Script script, String clientId, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(wholeCall(script, clientId, decoder, values));
    }

    /** Like {@link #whole}, but the call fails as soon as the part of Redis that has the session is away. */
    <T> CompletableFuture<T> wholeIfServed(
            Script script, String clientId, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(wholeCall(script, clientId, decoder, values).ifServed());
    }

    /** Like {@link #whole}, but the call goes before all calls that wait for the session. */
    <T> CompletableFuture<T> wholeFirst(
            Script script, String clientId, ScriptCall.Decoder<T> decoder, byte[]... values) {
        ScriptCall<T> call = wholeCall(script, clientId, decoder, values);
        call.first = true;
        return connection.call(call);
    }

    /** A fenced call with all keys of a session. */
    <T> CompletableFuture<T> fenced(Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(script, ref, tag, sessionKeys(tag), decoder, values);
    }

    /** A fenced call with the keys of a session's queue. */
    <T> CompletableFuture<T> queued(Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(script, ref, tag, queueKeys(tag), decoder, values);
    }

    /** A fenced call with the key of a session's inbound QoS 2 messages. */
    <T> CompletableFuture<T> inbound(Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(script, ref, tag, List.of(names.session(tag), names.inbound(tag)), decoder, values);
    }

    /** A fenced call on an item of a session's queue. Later calls for other items join it while it waits. */
    CompletableFuture<Void> queuedItem(Script script, SessionRef ref, byte[]... item) {
        String tag = RedisKeys.tag(ref.clientId());
        return item(script, ref, tag, queueKeys(tag), reply -> null, item);
    }

    /** A fenced call on an inbound QoS 2 message of a session. Later calls for other messages join it while it waits. */
    <T> CompletableFuture<T> inboundItem(Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... item) {
        String tag = RedisKeys.tag(ref.clientId());
        return item(script, ref, tag, List.of(names.session(tag), names.inbound(tag)), decoder, item);
    }

    private <T> CompletableFuture<T> item(
            Script script,
            SessionRef ref,
            String tag,
            List<Object> keys,
            ScriptCall.Decoder<T> decoder,
            byte[]... item) {
        ItemsCall<T> call = new ItemsCall<>(
                script,
                RedisKeys.slot(tag),
                keys,
                Arguments.ascii(ref.epoch()),
                reply -> {
                    SessionReplies.fence(ref, reply);
                    return null;
                },
                decoder,
                item);
        CompletableFuture<T> result = call.result();
        connection.submit(call);
        return result;
    }

    /** Adds an entry to the queue of a target's session, no matter which gateway owns it. */
    void enqueue(EnqueueTarget target, byte[] entry, boolean mayRepeat, EnqueueCall.Callback answer) {
        String tag = RedisKeys.tag(target.clientId());
        connection.submit(new EnqueueCall(RedisKeys.slot(tag), queueKeys(tag), target, entry, mayRepeat, answer));
    }

    private <T> CompletableFuture<T> fenced(
            Script script,
            SessionRef ref,
            String tag,
            List<Object> keys,
            ScriptCall.Decoder<T> decoder,
            byte[]... values) {
        return connection.call(new ScriptCall<>(
                script,
                RedisKeys.slot(tag),
                keys,
                reply -> {
                    SessionReplies.fence(ref, reply);
                    return decoder.decode(reply);
                },
                values));
    }

    private <T> ScriptCall<T> wholeCall(
            Script script, String clientId, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(clientId);
        return new ScriptCall<>(script, RedisKeys.slot(tag), sessionKeys(tag), decoder, values);
    }

    private List<Object> queueKeys(String tag) {
        return List.of(names.session(tag), names.queue(tag), names.seen(tag));
    }

    private List<Object> sessionKeys(String tag) {
        return List.of(
                names.session(tag),
                names.queue(tag),
                names.inbound(tag),
                names.seen(tag),
                names.will(tag),
                names.replay(tag),
                names.due(tag),
                names.ended(tag),
                names.left(tag));
    }
}
