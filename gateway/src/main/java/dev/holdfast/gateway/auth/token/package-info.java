// SPDX-License-Identifier: Apache-2.0
/**
 * A JSON Web Token as text: where a client shows it, how it is taken apart, what types its claims have. Nothing here
 * knows whether the token is true.
 */
@NullMarked
package dev.holdfast.gateway.auth.token;

import org.jspecify.annotations.NullMarked;
