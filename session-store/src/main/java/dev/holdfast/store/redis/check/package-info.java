// SPDX-License-Identifier: Apache-2.0
/**
 * Looks at a Redis server before sessions are trusted to it, over a blocking socket of its own: version, settings, rights.
 */
@NullMarked
package dev.holdfast.store.redis.check;

import org.jspecify.annotations.NullMarked;
