// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.Random;

/** Names and filters over a small alphabet, so that they meet often: empty levels, {@code $}, prefixes, wildcards. */
final class RandomTopics {

    private static final String[] LEVELS = {"a", "b", "ab", "", "$a", "é", "level-with-some-length"};

    private final Random random;
    private final int wide;

    RandomTopics(Random random, int wide) {
        this.random = random;
        this.wide = wide;
    }

    String name() {
        String name = build(false);
        return name.isEmpty() ? "a" : name;
    }

    String filter() {
        String filter = build(true);
        return filter.isEmpty() ? "+" : filter;
    }

    /** So many levels of one letter each. */
    static String ofOneLetterLevels(Random random, int levels) {
        StringBuilder built = new StringBuilder();
        for (int level = 0; level < levels; level++) {
            built.append(level == 0 ? "" : "/").append((char) ('a' + random.nextInt(26)));
        }
        return built.toString();
    }

    private String build(boolean wildcards) {
        StringBuilder built = new StringBuilder();
        int levels = 1 + random.nextInt(5);
        for (int level = 0; level < levels; level++) {
            int kind = random.nextInt(10);
            if (level > 0) {
                built.append('/');
            }
            if (wildcards && kind < 2) {
                built.append('+');
            } else if (wildcards && kind == 2 && level == levels - 1) {
                built.append('#');
            } else if (kind < 5) {
                built.append('n').append(random.nextInt(wide)); // wide enough for a node to change its set of children
            } else {
                built.append(LEVELS[random.nextInt(LEVELS.length)]);
            }
        }
        return built.toString();
    }
}
