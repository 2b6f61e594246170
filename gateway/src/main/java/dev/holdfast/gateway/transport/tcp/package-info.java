// SPDX-License-Identifier: Apache-2.0
/** MQTT straight on TCP or TLS, and the PROXY protocol before it. Knows {@code transport} and XNIO. */
@NullMarked
package dev.holdfast.gateway.transport.tcp;

import org.jspecify.annotations.NullMarked;
