// SPDX-License-Identifier: Apache-2.0
/** The contract of {@link dev.holdfast.store.session.SessionStore} as tests that every store runs. */
@NullMarked
package dev.holdfast.store.contract.session;

import org.jspecify.annotations.NullMarked;
