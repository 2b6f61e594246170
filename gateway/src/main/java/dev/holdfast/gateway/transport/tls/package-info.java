// SPDX-License-Identifier: Apache-2.0
/** Certificates for the listeners: from files to an SSL context, and again when the files change. */
@NullMarked
package dev.holdfast.gateway.transport.tls;

import org.jspecify.annotations.NullMarked;
