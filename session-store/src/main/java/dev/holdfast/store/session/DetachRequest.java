// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import java.time.Duration;

/**
 * How a connection left its session.
 *
 * @param expiry how long the session is kept from now on; zero erases it
 * @param sentMark the highest seq that may have been sent
 * @param keepWill whether the will is to be published, after its delay or when the session ends, whichever comes first
 *     [MQTT-3.1.3-9]; false after DISCONNECT with reason code 0x00 [MQTT-3.14.4-3]
 */
public record DetachRequest(Duration expiry, long sentMark, boolean keepWill) {}
