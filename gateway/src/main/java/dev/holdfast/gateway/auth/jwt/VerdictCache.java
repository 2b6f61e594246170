// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.holdfast.gateway.auth.token.TokenHash;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Verified tokens by their hash, each until it expires, all together up to so many bytes of token. */
final class VerdictCache {

    /** A token and its length, which is what it is taken to cost. */
    private record Entry(VerifiedToken token, int bytes) {}

    private final InstantSource clock;
    private final Cache<TokenHash, Entry> entries;

    VerdictCache(long maxBytes, InstantSource clock) {
        this.clock = clock;
        this.entries = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((TokenHash hash, Entry entry) -> entry.bytes())
                .expireAfter(Expiry.creating((TokenHash hash, Entry entry) -> timeLeft(entry.token())))
                .executor(Runnable::run)
                .build();
    }

    /** A token that has not expired and whose keys still count, or null. */
    @Nullable
    VerifiedToken find(TokenHash hash) {
        Entry entry = entries.getIfPresent(hash);
        if (entry == null) {
            return null;
        }
        VerifiedToken token = entry.token();
        if (!clock.instant().isBefore(token.until()) || !token.isBackedByCurrentKeys()) {
            entries.invalidate(hash);
            return null;
        }
        return token;
    }

    void remember(TokenHash hash, VerifiedToken token, int bytes) {
        entries.put(hash, new Entry(token, bytes));
    }

    long size() {
        entries.cleanUp();
        return entries.estimatedSize();
    }

    private Duration timeLeft(VerifiedToken token) {
        Duration left = Duration.between(clock.instant(), token.until());
        Duration longest = Duration.ofDays(1);
        return left.isNegative() ? Duration.ZERO : left.compareTo(longest) < 0 ? left : longest;
    }
}
