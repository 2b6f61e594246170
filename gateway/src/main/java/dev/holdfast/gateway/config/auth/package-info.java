// SPDX-License-Identifier: Apache-2.0
/**
 * The settings under {@code auth}: issuers of tokens, their keys, rules of access.
 */
@NullMarked
package dev.holdfast.gateway.config.auth;

import org.jspecify.annotations.NullMarked;
