// SPDX-License-Identifier: Apache-2.0
/** TLS of the listeners: certificates from files and again when they change, handshakes in turns, tickets. */
@NullMarked
package dev.holdfast.gateway.transport.tls;

import org.jspecify.annotations.NullMarked;
