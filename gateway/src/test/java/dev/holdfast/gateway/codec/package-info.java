// SPDX-License-Identifier: Apache-2.0
/** Tests of the codec. */
@NullMarked
package dev.holdfast.gateway.codec;

import org.jspecify.annotations.NullMarked;
