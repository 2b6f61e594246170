// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import java.util.ArrayList;
import java.util.List;

/**
 * One access rule as written, before the placeholders are filled in.
 *
 * @param allow whether it allows or denies
 * @param publish which publications it is about: bit {@code qos * 2 + retain}, 0 = none
 * @param subscribe which subscriptions it is about: bit {@code qos}, 0 = none
 * @param filter the topic filter, perhaps with placeholders
 * @param literal whether the filter is taken literally ({@code eq })
 */
record AclRule(boolean allow, int publish, int subscribe, String filter, boolean literal) {
    static final int EVERY_PUBLICATION = 0b111111;
    static final int EVERY_SUBSCRIPTION = 0b111;

    /**
     * The patterns for one client: one for each value of a claim that is a list, none when the rule is not about it. A value
     * that cannot stand in a topic never makes an allowing rule wider, it drops out; and it never makes a denying rule
     * narrower, the rule then denies everything from that level on.
     */
    List<TopicPattern> patternsFor(Placeholders client) {
        Placeholders.Filled filled = client.fillTopics(filter);
        List<TopicPattern> patterns = new ArrayList<>();
        boolean isWhole = filled.isWhole();
        for (String text : filled.texts()) {
            if (TopicPattern.isFilter(text)) {
                patterns.add(TopicPattern.of(text));
            } else {
                isWhole = false;
            }
        }
        if (!allow && !isWhole) {
            int level = filter.lastIndexOf('/', filter.indexOf("${"));
            patterns.add(level < 0 ? TopicPattern.EVERYTHING : TopicPattern.of(filter.substring(0, level + 1) + "#"));
        }
        return patterns;
    }
}
