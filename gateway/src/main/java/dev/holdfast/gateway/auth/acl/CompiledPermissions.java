// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import dev.holdfast.gateway.auth.Permissions;
import dev.holdfast.gateway.topic.Topics;
import java.util.ArrayList;
import java.util.List;

/**
 * Access rules made ready for one client. What no rule allows is denied, and names that begin with {@code $} are
 * read-only whatever the rules say, but for {@link Topics#isBridgeState the states of bridges}.
 *
 * <p>Publishing: the first rule about this name, QoS and RETAIN flag decides.
 *
 * <p>Subscribing: the rules about this QoS are asked in order. A denying rule refuses the filter when the two have a
 * topic name in common; an allowing rule accepts it when it holds every name of the filter; otherwise the next is
 * asked. So a filter is only accepted when every name it can match is allowed. (Two rules that only together hold a
 * filter do not accept it.) A rule with {@code eq } accepts, and where it has wildcards also refuses, exactly its own
 * text.
 *
 * <p>Receiving: a name is allowed when for some QoS the first rule about it allows. Every name of an accepted filter
 * is.
 */
public final class CompiledPermissions implements Permissions {

    /** One rule: the bits say which cases it is about, see {@link AclRule}. */
    private record Rule(boolean allow, int bits, TopicPattern pattern, boolean literal) {
        boolean isAbout(String topic) {
            // A literal filter with wildcards is no topic name, so as a denial it is about none; as a permission it
            // lets in what its subscription brings.
            return (literal && !allow) ? pattern.filter().equals(topic) : pattern.matches(topic);
        }

        boolean accepts(String filter) {
            return literal ? pattern.filter().equals(filter) : pattern.covers(filter);
        }

        boolean refuses(String filter) {
            return (literal && pattern.hasWildcard()) ? pattern.filter().equals(filter) : pattern.overlaps(filter);
        }
    }

    private final Rule[] publish;
    private final Rule[] subscribe;

    private CompiledPermissions(List<Rule> publish, List<Rule> subscribe) {
        this.publish = publish.toArray(Rule[]::new);
        this.subscribe = subscribe.toArray(Rule[]::new);
    }

    /** Fills the placeholders in and sorts the rules by what they are about. */
    public static CompiledPermissions of(AclRules acl, Placeholders client) {
        List<Rule> publish = new ArrayList<>();
        List<Rule> subscribe = new ArrayList<>();
        for (AclRule rule : acl.rules()) {
            // Where a value could not be filled in, what is denied is more than the text, so it is not literal.
            List<String> texts =
                    rule.literal() ? client.fillTopics(rule.filter()).texts() : List.of();
            for (TopicPattern pattern : rule.patternsFor(client)) {
                boolean literal = rule.literal() && texts.contains(pattern.filter());
                if (rule.publish() != 0 && !(literal && pattern.hasWildcard())) {
                    publish.add(new Rule(rule.allow(), rule.publish(), pattern, literal));
                }
                if (rule.subscribe() != 0) {
                    subscribe.add(new Rule(rule.allow(), rule.subscribe(), pattern, literal));
                }
            }
        }
        return new CompiledPermissions(publish, subscribe);
    }

    @Override
    public boolean mayPublish(String topic, int qos, boolean retain) {
        if (topic.isEmpty() || (topic.charAt(0) == '$' && !Topics.isBridgeState(topic))) {
            return false;
        }
        int bit = 1 << (qos * 2 + (retain ? 1 : 0));
        for (Rule rule : publish) {
            if ((rule.bits & bit) != 0 && rule.pattern.matches(topic)) {
                return rule.allow;
            }
        }
        return false;
    }

    @Override
    public boolean maySubscribe(String filter, int qos) {
        int bit = 1 << qos;
        for (Rule rule : subscribe) {
            if ((rule.bits & bit) == 0) {
                continue;
            }
            if (rule.allow) {
                if (rule.accepts(filter)) {
                    return true;
                }
            } else if (rule.refuses(filter)) {
                return false;
            }
        }
        return false;
    }

    @Override
    public boolean mayReceive(String topic) {
        int undecided = AclRule.EVERY_SUBSCRIPTION;
        for (Rule rule : subscribe) {
            if ((rule.bits & undecided) != 0 && rule.isAbout(topic)) {
                if (rule.allow) {
                    return true;
                }
                undecided &= ~rule.bits;
                if (undecided == 0) {
                    return false;
                }
            }
        }
        return false;
    }
}
