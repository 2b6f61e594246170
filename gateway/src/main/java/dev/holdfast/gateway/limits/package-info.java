// SPDX-License-Identifier: Apache-2.0
/** How much of anything one client or address may have. Pure: the time is passed in, nothing waits or blocks. */
@NullMarked
package dev.holdfast.gateway.limits;

import org.jspecify.annotations.NullMarked;
