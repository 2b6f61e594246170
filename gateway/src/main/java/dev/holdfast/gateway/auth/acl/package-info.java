// SPDX-License-Identifier: Apache-2.0
/**
 * Access rules: which topics an identity may publish and subscribe to, by rules of the configuration or of a token's
 * {@code acl} claim, with placeholders that stand for what is known of the client.
 */
@NullMarked
package dev.holdfast.gateway.auth.acl;

import org.jspecify.annotations.NullMarked;
