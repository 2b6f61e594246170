// SPDX-License-Identifier: Apache-2.0
/** What the gateways publish themselves below {@code $SYS}: figures at an interval, and who comes and goes. */
@NullMarked
package dev.holdfast.gateway.sys;

import org.jspecify.annotations.NullMarked;
