// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

import java.util.HashMap;
import java.util.Map;

/**
 * The Topic Aliases this server uses towards one client: the first topics that come get them, for the length of the
 * connection (MQTT 5.0 section 3.3.2.3.4).
 */
public final class OutboundAliases {
    private final int maximum;
    private final Map<String, Integer> known = new HashMap<>();

    public OutboundAliases(int maximum) {
        this.maximum = maximum;
    }

    /**
     * The alias of a topic: positive when the client has to be told the topic with it, negative when it knows it, 0
     * when there is none left [MQTT-3.1.2-26].
     */
    public int of(String topic) {
        Integer alias = known.get(topic);
        if (alias != null) {
            return -alias;
        }
        if (known.size() >= maximum) {
            return 0;
        }
        int fresh = known.size() + 1;
        known.put(topic, fresh);
        return fresh;
    }

    /** Takes the newest alias back: the packet that was to tell the client of it is not sent. */
    public void forgetNewest(String topic) {
        known.remove(topic);
    }
}
