// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import dev.holdfast.gateway.config.auth.AclRuleConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Access rules in the order in which they are asked. From the {@code acl} claim, in either of the shapes that EMQX
 * users know: a list of {@code {permission, action, topic | topics, qos, retain}}, or {@code {pub: [...], sub: [...],
 * all: [...]}}; or from the configuration. Anything not understood refuses the whole.
 *
 * @param rules the rules
 */
public record AclRules(List<AclRule> rules) {
    static final AclRules NONE = new AclRules(List.of());

    private static final Set<String> KEYS = Set.of("permission", "action", "topic", "topics", "qos", "retain");
    private static final Set<String> SHORT_KEYS = Set.of("pub", "sub", "all");
    private static final String LITERALLY = "eq ";

    /** Rules that cannot be read. */
    public static final class GarbledException extends Exception {
        private static final long serialVersionUID = 1L;

        GarbledException(String message) {
            super(message, null, false, false);
        }
    }

    /** Reads the value of an {@code acl} claim. */
    public static AclRules ofClaim(@Nullable Object claim) throws GarbledException {
        List<AclRule> rules = new ArrayList<>();
        if (claim instanceof List<?> list) {
            for (Object rule : list) {
                if (!(rule instanceof Map<?, ?> map) || !KEYS.containsAll(map.keySet())) {
                    throw new GarbledException("a rule with a key that is not known");
                }
                add(rules, map);
            }
        } else if (claim instanceof Map<?, ?> map && SHORT_KEYS.containsAll(map.keySet())) {
            for (String topic : strings(map.get("pub"), true)) {
                rules.add(rule(true, AclRule.EVERY_PUBLICATION, 0, topic));
            }
            for (String topic : strings(map.get("sub"), true)) {
                rules.add(rule(true, 0, AclRule.EVERY_SUBSCRIPTION, topic));
            }
            for (String topic : strings(map.get("all"), true)) {
                rules.add(rule(true, AclRule.EVERY_PUBLICATION, AclRule.EVERY_SUBSCRIPTION, topic));
            }
        } else {
            throw new GarbledException("neither a list of rules nor pub, sub, all");
        }
        return new AclRules(List.copyOf(rules));
    }

    /** Reads the rules of the configuration; a garbled one is complained of and left out. */
    public static AclRules ofConfig(List<AclRuleConfig> configured, Complaints complaints) {
        List<AclRule> rules = new ArrayList<>();
        for (int i = 0; i < configured.size(); i++) {
            AclRuleConfig each = configured.get(i);
            Map<String, Object> map = new HashMap<>();
            map.put("permission", each.permission());
            map.put("action", each.action());
            map.put("topics", each.topics());
            if (!each.qos().isEmpty()) {
                map.put("qos", each.qos());
            }
            Boolean retain = each.retain();
            if (retain != null) {
                map.put("retain", retain);
            }
            try {
                add(rules, map);
            } catch (GarbledException e) {
                complaints.about("[" + i + "]", String.valueOf(e.getMessage()));
            }
        }
        return new AclRules(List.copyOf(rules));
    }

    /** Whether the same rules mean different things for different clients of one token. */
    public boolean dependOnClient() {
        return rules.stream().anyMatch(rule -> Placeholders.dependsOnClient(rule.filter()));
    }

    private static void add(List<AclRule> rules, Map<?, ?> map) throws GarbledException {
        boolean allow = oneOf(map, "permission", "allow", "deny").equals("allow");
        String action = oneOf(map, "action", "publish", "subscribe", "all");
        int qos = qosBits(map.get("qos"));
        int publish = action.equals("subscribe") ? 0 : publications(qos, map.get("retain"));
        int subscribe = action.equals("publish") ? 0 : qos;
        if (map.containsKey("topic") == map.containsKey("topics")) {
            throw new GarbledException("either topic or topics");
        }
        List<String> topics = strings(map.containsKey("topic") ? map.get("topic") : map.get("topics"), false);
        if (topics.isEmpty()) {
            throw new GarbledException("a rule without a topic");
        }
        for (String topic : topics) {
            rules.add(rule(allow, publish, subscribe, topic));
        }
    }

    private static AclRule rule(boolean allow, int publish, int subscribe, String topic) throws GarbledException {
        boolean literal = topic.startsWith(LITERALLY);
        String filter = literal ? topic.substring(LITERALLY.length()) : topic;
        if (!Placeholders.areKnown(filter) || !TopicPattern.isFilter(Placeholders.sample(filter))) {
            throw new GarbledException(
                    "a topic that is no topic filter, or with a placeholder that is not known: " + topic);
        }
        return new AclRule(allow, publish, subscribe, filter, literal);
    }

    private static String oneOf(Map<?, ?> rule, String key, String... allowed) throws GarbledException {
        for (String each : allowed) {
            if (each.equals(rule.get(key))) {
                return each;
            }
        }
        throw new GarbledException(key + ": expected one of " + String.join(", ", allowed));
    }

    private static int qosBits(@Nullable Object value) throws GarbledException {
        if (value == null) {
            return AclRule.EVERY_SUBSCRIPTION;
        }
        int bits = 0;
        for (Object each : value instanceof List<?> list ? list : List.of(value)) {
            if (!(each instanceof Integer qos) || qos < 0 || qos > 2) {
                throw new GarbledException("a qos that is not 0, 1 or 2");
            }
            bits |= 1 << qos;
        }
        if (bits == 0) {
            throw new GarbledException("an empty qos list");
        }
        return bits;
    }

    private static int publications(int qosBits, @Nullable Object retain) throws GarbledException {
        int flags;
        if (retain == null || retain.equals("all")) {
            flags = 0b11;
        } else if (retain instanceof Boolean retained) {
            flags = retained ? 0b10 : 0b01;
        } else {
            throw new GarbledException("a retain that is not true, false or all");
        }
        int bits = 0;
        for (int qos = 0; qos <= 2; qos++) {
            if ((qosBits & (1 << qos)) != 0) {
                bits |= flags << (qos * 2);
            }
        }
        return bits;
    }

    private static List<String> strings(@Nullable Object value, boolean mayBeMissing) throws GarbledException {
        if (value == null && mayBeMissing) {
            return List.of();
        }
        List<String> strings = new ArrayList<>();
        for (Object each : value instanceof List<?> list ? list : Collections.singletonList(value)) {
            if (!(each instanceof String text)) {
                throw new GarbledException("a topic that is not a string");
            }
            strings.add(text);
        }
        return strings;
    }
}
