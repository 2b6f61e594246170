// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.hooks;

/**
 * An operator's code that hears of connections and sessions. Found by {@link java.util.ServiceLoader}: a class with a
 * public constructor without parameters, named in {@code META-INF/services/dev.holdfast.gateway.hooks.LifecycleListener}
 * of a jar on the gateway's class path.
 *
 * <p>Each listener has one thread of its own, never one that serves clients, and hears one event at a time: those of one
 * client identifier in the order in which they happened on this gateway. Each event is told once over all gateways that
 * share a store, by the gateway where it came about; {@link LifecycleEvent#epoch} puts in order what different gateways
 * tell of one client.
 *
 * <p>A listener that is too slow loses events once {@code hooks.max-waiting-events} wait for it, one that throws loses
 * that event; both are counted and neither concerns clients or other listeners. A gateway that is killed takes along what
 * waits.
 */
public interface LifecycleListener {

    /**
     * Hears of one event. May block.
     *
     * @throws Exception is logged and counted, and changes nothing
     */
    void on(LifecycleEvent event) throws Exception;
}
