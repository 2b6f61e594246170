// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.store.Message;
import dev.holdfast.store.Will;

/** Publishes Will Messages when they are due (MQTT 5.0 section 3.1.2.5). */
public final class Wills {
    private final Router router;
    private final Metrics metrics;

    /** Publishes through the given router. */
    public Wills(Router router, Metrics metrics) {
        this.router = router;
        this.metrics = metrics;
    }

    /** Publishes a will now; its Message Expiry Interval begins now. On the given thread. */
    public void publish(SessionThread here, String clientId, Will will) {
        Message template = will.message();
        long now = here.nowMillis();
        long expiresAt = will.expiry().equals(Will.NO_EXPIRY)
                ? Message.NEVER
                : now + will.expiry().toMillis();
        Message due = new Message(
                template.id(),
                template.body(),
                template.propertiesOffset(),
                template.payloadOffset(),
                template.qos(),
                template.isRetain(),
                now,
                expiresAt);
        metrics.willPublished();
        router.publish(here, due, clientId, true);
    }
}
