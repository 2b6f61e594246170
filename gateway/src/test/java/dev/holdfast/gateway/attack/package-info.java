// SPDX-License-Identifier: Apache-2.0
/**
 * What strangers and clients within their limits do to stop the others, and a {@link
 * dev.holdfast.gateway.attack.Bystander} who is to notice nothing of it. {@code AttackTableTest} measures all of it.
 */
@NullMarked
package dev.holdfast.gateway.attack;

import org.jspecify.annotations.NullMarked;
