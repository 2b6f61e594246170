// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a gateway on the internet allows if nobody has said anything: changing one of these is a decision. */
@Tag("unit")
final class DefaultLimitsTest {
    @ParameterizedTest
    @CsvSource({
        "limits.max-packet-size-before-auth, 64KiB",
        "limits.max-packet-size, 256KiB",
        "limits.connect-timeout, 5s",
        "limits.max-keep-alive, 5m",
        "limits.min-keep-alive, 5s",
        "limits.max-inflight, 64",
        "limits.receive-maximum, 1024",
        "limits.max-topic-levels, 32",
        "limits.max-topic-bytes, 1KiB",
        "limits.max-client-id-bytes, 128B",
        "limits.max-subscriptions-per-client, 1024",
        "limits.max-filters-per-subscribe, 1024",
        "limits.topic-alias-maximum, 16",
        "limits.max-user-properties, 32",
        "limits.max-user-property-bytes, 8KiB",
        "limits.max-will-bytes, 8KiB",
        "limits.max-will-delay, 1h",
        "limits.max-retained, 100000",
        "limits.max-retained-bytes, 64KiB",
        "limits.max-retained-per-subscribe, 0",
        "limits.max-shared-group-members, 256",
        "limits.connect-rate, 200/s",
        "limits.connect-rate-per-address, 20/s burst 50",
        "limits.message-rate, 500/s",
        "limits.byte-rate, 1MiB/s",
        "limits.takeover-rate, 15/min",
        "session.default-expiry, 2h",
        "session.max-expiry, 7d",
        "session.max-queue-messages, 1000",
        "session.max-queue-bytes, 4MiB",
        "session.queue-qos0, true",
        "websocket.ping-interval, 25s",
        "websocket.handshake-timeout, 10s"
    })
    void isTheOneThatWasDecided(String path, String value) {
        HoldfastConfig defaults = HoldfastConfig.defaults();

        assertThat(HoldfastConfig.of("auth.anonymous=true", path + "=" + value))
                .isEqualTo(HoldfastConfig.of("auth.anonymous=true"));
        assertThat(defaults.websocket().allowedOrigins()).isEmpty();
    }

    /** A client was thrown out by a keep alive of one minute on its developer's machine, and nowhere else. */
    @Test
    void keepAlivesAreTheSameForADeveloper() {
        HoldfastConfig dev = HoldfastConfig.of("dev=true");

        assertThat(dev.limits().maxKeepAlive())
                .isEqualTo(HoldfastConfig.defaults().limits().maxKeepAlive());
        assertThat(dev.limits().minKeepAlive())
                .isEqualTo(HoldfastConfig.defaults().limits().minKeepAlive());
    }
}
