// SPDX-License-Identifier: Apache-2.0
/** What the operator sees: the names of the metrics, their tags, and the one object that counts them. */
@NullMarked
package dev.holdfast.gateway.observe;

import org.jspecify.annotations.NullMarked;
