// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.EnqueueCall;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.SessionRef;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Calls of scripts on one session: on its slot, with the keys that they touch, fenced by its reference. Any thread. */
final class SessionCalls {
    private final RedisConnection connection;
    private final RedisKeys names;

    SessionCalls(RedisConnection connection) {
        this.connection = connection;
        names = connection.keys();
    }

    /** A call on all of a session; whether there is a fence is the decoder's business. */
    <T> CompletableFuture<T> whole(Script script, String clientId, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(wholeCall(script, clientId, decoder, values));
    }

    /** The same, but it fails as soon as the part of Redis that has the session is away. */
    <T> CompletableFuture<T> wholeIfServed(
            Script script, String clientId, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(wholeCall(script, clientId, decoder, values).ifServed());
    }

    /** The same, before all that waits for the session. */
    <T> CompletableFuture<T> wholeFirst(
            Script script, String clientId, ScriptCall.Decoder<T> decoder, byte[]... values) {
        ScriptCall<T> call = wholeCall(script, clientId, decoder, values);
        call.first = true;
        return connection.call(call);
    }

    /** A fenced call on all of a session. */
    <T> CompletableFuture<T> fenced(Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(script, ref, tag, sessionKeys(tag), decoder, values);
    }

    /** A fenced call on a session's queue. */
    <T> CompletableFuture<T> queued(Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(script, ref, tag, queueKeys(tag), decoder, values);
    }

    /** A fenced call on what a session holds of inbound QoS 2. */
    <T> CompletableFuture<T> inbound(Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(script, ref, tag, List.of(names.session(tag), names.inbound(tag)), decoder, values);
    }

    /** Adds an entry to the queue of a target's session, whoever owns that. */
    void enqueue(EnqueueTarget target, byte[] entry, boolean mayRepeat, EnqueueCall.Answer answer) {
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
