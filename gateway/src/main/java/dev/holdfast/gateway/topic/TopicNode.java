// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import org.jspecify.annotations.Nullable;

/** A level of topic names, with the whole name if one ends here. */
final class TopicNode extends LevelNode {

    private volatile @Nullable String topic;

    TopicNode(String name) {
        super(name);
    }

    @Nullable
    String topic() {
        return topic;
    }

    /** Sets the name that ends here. The caller has the lock. */
    void topic(@Nullable String ending) {
        topic = ending;
    }

    @Nullable
    TopicNode next(String text, int from, int to) {
        return (TopicNode) child(text, from, to);
    }

    /** As {@link #next}, made if there is none; null if this node has been pruned. */
    @Nullable
    TopicNode step(String text, int from, int to) {
        TopicNode next = next(text, from, to);
        if (next != null) {
            return next;
        }
        synchronized (this) {
            if (isPruned()) {
                return null;
            }
            next = next(text, from, to);
            if (next == null) {
                next = new TopicNode(text.substring(from, to));
                adopt(next);
            }
            return next;
        }
    }

    @Override
    boolean isBare() {
        return topic == null;
    }
}
