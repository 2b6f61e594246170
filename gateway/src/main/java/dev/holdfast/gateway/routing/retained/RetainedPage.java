// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.store.Message;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Some retained messages that are read together and handed over one by one. What it holds is charged to the account of memory
 * until it {@link #ends}. On the session's thread.
 */
final class RetainedPage {
    private final ArrayDeque<RetainedItem> items = new ArrayDeque<>();
    private final Map<String, List<RetainedItem>> byTopic = new HashMap<>();
    private final Set<String> filters = new HashSet<>(2);
    private final PageMemory memory;
    private List<Message> held = List.of();
    private int charged;
    private boolean fenced;
    private boolean read;
    private boolean ready;

    RetainedPage(PageMemory memory) {
        this.memory = memory;
    }

    void add(RetainedItem item) {
        memory.items(1);
        charged++;
        items.add(item);
        filters.add(item.subscription().filter());
        byTopic.merge(item.topic(), List.of(item), RetainedPage::both);
    }

    /** Puts back, in front, an item that the session's queue had no room for. */
    void putBack(RetainedItem item) {
        items.addFirst(item);
        if (filters.contains(item.subscription().filter())) {
            return; // it is among those of its topic still
        }
        filters.add(item.subscription().filter());
        byTopic.merge(item.topic(), List.of(item), RetainedPage::both);
    }

    private static List<RetainedItem> both(List<RetainedItem> some, List<RetainedItem> others) {
        RetainedItem[] all = new RetainedItem[some.size() + others.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = i < some.size() ? some.get(i) : others.get(i - some.size());
        }
        return List.of(all);
    }

    int size() {
        return items.size();
    }

    /** The topics that have yet to be read. */
    List<String> unread() {
        return byTopic.entrySet().stream()
                .filter(each ->
                        each.getValue().stream().anyMatch(item -> item.message() == null && !item.isOvertaken()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Takes what the store has for the topics; those without a message have none. */
    void found(List<Message> messages) {
        memory.hold(messages);
        held = messages;
        for (Message message : messages) {
            of(message.topic(), item -> {
                if (item.message() == null) {
                    item.found(message);
                }
            });
        }
        read = true;
    }

    /** Calls back with each item of a topic. */
    void of(String topic, Consumer<RetainedItem> visitor) {
        byTopic.getOrDefault(topic, List.of()).forEach(visitor);
    }

    /** Takes out what there is of the subscription with this filter. */
    void remove(String filter) {
        if (filters.remove(filter)) {
            Predicate<RetainedItem> its = item -> item.subscription().filter().equals(filter);
            items.removeIf(its);
            byTopic.values().removeIf(ofOneTopic -> ofOneTopic.stream().allMatch(its));
        }
    }

    /** The next one that is to be handed over; null if there is none, or none yet. */
    @Nullable
    RetainedItem peek() {
        RetainedItem next = ready ? items.peek() : null;
        while (next != null && (next.isOvertaken() || next.message() == null)) {
            items.remove();
            next = items.peek();
        }
        return next;
    }

    void remove() {
        items.remove();
    }

    /** Whether it holds more than one session may have waiting now. */
    boolean isTooMuch() {
        return memory.isTooMuch(held);
    }

    /** What has not been handed over. */
    List<RetainedItem> left() {
        return List.copyOf(items);
    }

    /** Frees its memory: all its messages have been handed over, or never will be. */
    void ends() {
        memory.letGo(held);
        held = List.of();
        memory.items(-charged);
        charged = 0;
    }

    /** Whether what had come to the session before its topics were chosen has reached the store too. */
    boolean isFenced() {
        return fenced;
    }

    void fenced() {
        fenced = true;
    }

    boolean isRead() {
        return read;
    }

    /** What the store was ahead of has come to the session: it may be handed over. */
    void ready() {
        ready = true;
    }

    boolean isReady() {
        return ready;
    }
}
