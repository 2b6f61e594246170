// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Where a client connects, as whom, and what it wants its session to be.
 *
 * @param isMqtt5 else 3.1.1
 * @param password a token, as a rule
 * @param tls for an address with TLS
 * @param patience for the connection until CONNACK
 * @param isClean whether a session that is there is ended first
 * @param sessionExpiry how long the session is kept when the client has gone; zero for not
 */
public record Login(
        BrokerUrl url,
        boolean isMqtt5,
        String clientId,
        @Nullable String user,
        @Nullable String password,
        SSLContext tls,
        Duration keepAlive,
        Duration patience,
        boolean isClean,
        Duration sessionExpiry) {
    /** The same for another client. */
    public Login as(String otherClientId) {
        return new Login(url, isMqtt5, otherClientId, user, password, tls, keepAlive, patience, isClean, sessionExpiry);
    }

    /** The same for a session that is kept, or not. */
    public Login keeping(boolean clean, Duration expiry) {
        return new Login(url, isMqtt5, clientId, user, password, tls, keepAlive, patience, clean, expiry);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return clientId + " at " + url;
    }
}
