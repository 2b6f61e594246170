// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.sys;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.hooks.LifecycleEvent;
import dev.holdfast.gateway.hooks.LifecycleEvent.ClientConnected;
import dev.holdfast.gateway.hooks.LifecycleEvent.ClientDisconnected;
import dev.holdfast.gateway.hooks.LifecycleEvent.ConnectionInfo;
import dev.holdfast.gateway.hooks.LifecycleEvent.Subject;
import dev.holdfast.gateway.hooks.LifecycleListener;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes who comes and goes, as users of EMQX know it: {@code $SYS/brokers/GATEWAY/clients/ID/connected} and {@code
 * disconnected}, at QoS 1 and not retained, once over all gateways. As every listener it has a thread of its own, and what comes
 * faster than it publishes is lost and counted.
 */
public final class SysPresence implements LifecycleListener {
    private static final long PATIENCE_SECONDS = 3;

    private volatile @Nullable SysPublisher publisher;

    /** Publishes from now on; before, nobody can be connected. */
    public void publishBy(SysPublisher newPublisher) {
        publisher = newPublisher;
    }

    @Override
    public void on(LifecycleEvent event) throws ExecutionException, InterruptedException, TimeoutException {
        SysPublisher by = publisher;
        String what = event instanceof ClientConnected
                ? "connected"
                : event instanceof ClientDisconnected ? "disconnected" : null;
        if (by == null || what == null) {
            return;
        }
        String topic = "$SYS/brokers/" + event.subject().gateway() + "/clients/" + SysPublisher.level(event.clientId())
                + "/" + what;
        by.publish(topic, payload(event).toString(), 1, false, -1).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static ObjectNode payload(LifecycleEvent event) {
        Subject subject = event.subject();
        long millis = subject.at().toEpochMilli();
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("clientid", subject.clientId())
                .put("principal", subject.principal())
                .put("node", subject.gateway())
                .put("epoch", subject.epoch())
                .put("ts", millis);
        if (event instanceof ClientConnected connected) {
            link(json, connected.connection())
                    .put("connack", 0)
                    .put("clean_start", connected.cleanStart())
                    .put("expiry_interval", connected.expiry().toSeconds())
                    .put("session_present", connected.sessionPresent())
                    .put("connected_at", millis);
        } else if (event instanceof ClientDisconnected gone) {
            ConnectionInfo link = gone.connection();
            if (link != null) {
                link(json, link);
            }
            json.put("reason", gone.reason()).put("disconnected_at", millis);
        }
        return json;
    }

    private static ObjectNode link(ObjectNode json, ConnectionInfo link) {
        int colon = link.peer().lastIndexOf(':');
        int version = switch (link.protocol()) {
            case "3.1" -> 3;
            case "3.1.1" -> 4;
            default -> 5;
        };
        return json.put("ipaddress", colon < 0 ? link.peer() : link.peer().substring(0, colon))
                .put("transport", link.transport())
                .put("proto_name", version == 3 ? "MQIsdp" : "MQTT")
                .put("proto_ver", version);
    }
}
