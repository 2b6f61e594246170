// SPDX-License-Identifier: Apache-2.0
/**
 * The whole contract of the session store on Redis, through Redisson: the only package that knows either.
 *
 * <pre>
 *   RedisSessionStore ──Call──▶ Lanes ──one RBatch in flight per lane──▶ RedisConnection ──▶ Redis
 *   RedisRetainedStore ──Call──▶   │                                          ▲
 *                                  ├── Servers   (.lua resources, by SHA, given to each Redis process; NOSCRIPT tells a new one)
 *                                  └── RedisClock (deadlines in Redis' own time)
 * </pre>
 *
 * Every key name is made in {@link dev.holdfast.store.redis.RedisKeys}; all keys of one session share a hash tag, so
 * each operation on a session is one script on one slot.
 */
@NullMarked
package dev.holdfast.store.redis;

import org.jspecify.annotations.NullMarked;
