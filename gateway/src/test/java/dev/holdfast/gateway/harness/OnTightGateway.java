// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Runs the class against a gateway whose limits are small and whose times are short. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@OnGateway({
    "limits.connect-timeout=1s",
    "limits.max-keep-alive=3s",
    "limits.min-keep-alive=1s",
    "limits.max-packet-size-before-auth=1KiB",
    "limits.max-packet-size=4KiB",
    "limits.max-inflight=4",
    "limits.receive-maximum=5",
    "limits.max-inbound-qos2-v3=5",
    "limits.max-topic-levels=8",
    "limits.max-topic-bytes=64B",
    "limits.max-client-id-bytes=23B",
    "limits.max-subscriptions-per-client=6",
    "limits.max-filters-per-subscribe=4",
    "limits.topic-alias-maximum=2",
    "limits.max-user-properties=3",
    "limits.max-user-property-bytes=100B",
    "limits.max-will-bytes=50B",
    "limits.max-will-delay=1s",
    "limits.max-retained=5",
    "limits.max-retained-bytes=100B",
    "limits.max-retained-per-subscribe=3",
    "limits.max-shared-group-members=2",
    "limits.outbound-drop-bytes=64KiB",
    "limits.outbound-close-bytes=256KiB",
    "limits.write-stall=2s",
    "session.default-expiry=1s",
    "session.max-expiry=2s",
    "session.sweep-interval=100ms",
    "websocket.ping-interval=1s",
    "websocket.handshake-timeout=1s"
})
public @interface OnTightGateway {}
