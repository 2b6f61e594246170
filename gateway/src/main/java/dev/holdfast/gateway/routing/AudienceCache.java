// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.connection.Debtor;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The audiences of the topics that one thread publishes to; asked by that thread only. Bounded by the sum of
 * their members, not by the number of topics. To compile an audience again costs little beside delivering to it; where it costs
 * more, the publisher's rate is charged ({@link dev.holdfast.gateway.session.connection.Debtor#owes}).
 */
final class AudienceCache {
    private static final int MOST_TOPICS = 8_192;

    private final Routes routes;
    private final int threads;
    private final int mostMembers;
    private final Map<String, Audience> byTopic = new HashMap<>();
    /** Compilers that have begun and have not finished, by topic. */
    private final Map<String, AudienceCompiler> begun = new HashMap<>();

    private long members;

    /**
     * Nothing known yet.
     *
     * @param mostMembers in all audiences together; a single one may have more
     */
    AudienceCache(Routes routes, int threads, int mostMembers) {
        this.routes = routes;
        this.threads = threads;
        this.mostMembers = mostMembers;
    }

    /**
     * The audience of a topic as it is now, or was when the search for it began.
     *
     * @param mostSteps of that search, some 10 to 60 ns each; 0 only looks whether the audience is known
     * @param debtor pays for the steps that were beyond the usual
     * @return null if there is more to be searched: the next call goes on with it
     */
    @Nullable
    Audience find(String topic, int mostSteps, Debtor debtor) {
        Audience known = byTopic.get(topic);
        if (known != null && known.version() == routes.version()) {
            return known;
        }
        if (mostSteps == 0) {
            return null;
        }
        AudienceCompiler compiler = begun.isEmpty() ? null : begun.remove(topic);
        if (compiler == null) {
            compiler = routes.audience(topic, threads);
        }
        Audience compiled = compiler.advance(mostSteps);
        if (compiled == null) {
            begun.put(topic, compiler);
            return null;
        }
        learn(topic, known, compiled);
        if (compiler.vainSteps() > 0) {
            debtor.owes(compiler.vainSteps());
        }
        return compiled;
    }

    /** Forgets the unfinished search for the audience of a topic, because it is not continued. */
    void giveUp(String topic) {
        begun.remove(topic);
    }

    private void learn(String topic, @Nullable Audience known, Audience compiled) {
        members -= known == null ? 0 : known.size();
        if (byTopic.size() >= MOST_TOPICS || members + compiled.size() > mostMembers) {
            byTopic.clear();
            members = 0;
        }
        byTopic.put(topic, compiled);
        members += compiled.size();
    }
}
