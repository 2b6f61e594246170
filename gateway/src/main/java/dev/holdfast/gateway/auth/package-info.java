// SPDX-License-Identifier: Apache-2.0
/**
 * Who a client is and what it may touch: credentials in, identity and permissions out. Asked by {@code protocol} at
 * CONNECT and at re-authentication, and by {@code routing} whenever a message is about to be delivered.
 */
@NullMarked
package dev.holdfast.gateway.auth;

import org.jspecify.annotations.NullMarked;
