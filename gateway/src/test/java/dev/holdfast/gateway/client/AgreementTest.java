// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.LimitsConfig;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The keep alive of a client that has been accepted. */
@Tag("unit")
final class AgreementTest {
    private static final LimitsConfig LIMITS = HoldfastConfig.of("dev=true").limits();

    /** Counted in whole seconds, a silence of a little more than one could look like two. */
    @Test
    void keepAliveOfOneSecondEndsAfterOneAndAHalfAndNotBefore() { // [MQTT-3.1.2-22]
        Agreement agreed = new Agreement(1, Duration.ZERO, true, null);

        assertThat(agreed.isOverdue(1_001, 0, LIMITS)).isFalse();
        assertThat(agreed.isOverdue(1_500, 0, LIMITS)).isFalse();
        assertThat(agreed.isOverdue(1_501, 0, LIMITS)).isTrue();
    }

    @Test
    void withoutAKeepAliveSilenceNeverEndsAConnection() {
        assertThat(new Agreement(0, Duration.ZERO, true, null).isOverdue(Long.MAX_VALUE / 4, 0, LIMITS))
                .isFalse();
    }
}
