// SPDX-License-Identifier: Apache-2.0
/** What the stores cost: programs to run by hand, see {@code .github/MEASUREMENTS.md}. */
@NullMarked
package dev.holdfast.store.bench;

import org.jspecify.annotations.NullMarked;
