// SPDX-License-Identifier: Apache-2.0
/** What {@code holdfast doctor} looks at: this machine, Redis, certificates, keys of tokens, and what stands before the gateway. */
@NullMarked
package dev.holdfast.gateway.cli.doctor;

import org.jspecify.annotations.NullMarked;
