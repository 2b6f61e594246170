// SPDX-License-Identifier: Apache-2.0
/**
 * Who is let in, with which token, and what a token or the access rules allow.
 */
@NullMarked
package dev.holdfast.gateway.conformance.auth;

import org.jspecify.annotations.NullMarked;
