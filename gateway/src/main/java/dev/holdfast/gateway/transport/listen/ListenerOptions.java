// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import dev.holdfast.gateway.transport.tls.TlsContext;
import org.jspecify.annotations.Nullable;

/**
 * What comes before MQTT on a listener.
 *
 * @param proxyProtocol whether each connection begins with a PROXY protocol header, version 1 or 2
 * @param tls the certificate, or null for no encryption
 */
public record ListenerOptions(
        boolean proxyProtocol, @Nullable TlsContext tls) {

    /** Neither of them. */
    public static final ListenerOptions PLAIN = new ListenerOptions(false, null);
}
