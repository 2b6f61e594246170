// SPDX-License-Identifier: Apache-2.0
/**
 * The keys of issuers: read from files and JWKS URLs, read again when they change, and what signatures they can check.
 */
@NullMarked
package dev.holdfast.gateway.auth.keys;

import org.jspecify.annotations.NullMarked;
