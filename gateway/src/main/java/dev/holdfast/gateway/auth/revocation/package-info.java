// SPDX-License-Identifier: Apache-2.0
/**
 * Tokens and subjects that have been revoked, kept in the store for all gateways, with a copy in memory that is asked
 * at each judgement.
 */
@NullMarked
package dev.holdfast.gateway.auth.revocation;

import org.jspecify.annotations.NullMarked;
