// SPDX-License-Identifier: Apache-2.0
/**
 * Keys and certificates in PEM files, in every form that OpenSSL, cert-manager and the like write. Read by
 * {@code transport} for TLS and by {@code auth} for tokens.
 */
@NullMarked
package dev.holdfast.gateway.pem;

import org.jspecify.annotations.NullMarked;
