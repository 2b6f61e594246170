// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.hooks.LifecycleEvent;
import dev.holdfast.gateway.hooks.LifecycleEvent.ClientDisconnected;
import dev.holdfast.gateway.hooks.LifecycleEvent.SessionTerminated;
import dev.holdfast.gateway.hooks.LifecycleListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what it hears, of all gateways that have it for a listener. */
public final class EventRecorder implements LifecycleListener {
    private final List<LifecycleEvent> heard = new CopyOnWriteArrayList<>();

    @Override
    public void on(LifecycleEvent event) {
        heard.add(event);
    }

    /** What became of one client identifier, in the order in which it was told. */
    public List<LifecycleEvent> of(String clientId) {
        return heard.stream().filter(event -> event.clientId().equals(clientId)).toList();
    }

    /** The same as names, with reasons in parentheses. */
    public List<String> namesOf(String clientId) {
        return of(clientId).stream().map(EventRecorder::nameOf).toList();
    }

    private static String nameOf(LifecycleEvent event) {
        if (event instanceof ClientDisconnected gone) {
            return event.name() + "(" + gone.reason() + ")";
        }
        return event instanceof SessionTerminated ended ? event.name() + "(" + ended.reason() + ")" : event.name();
    }
}
