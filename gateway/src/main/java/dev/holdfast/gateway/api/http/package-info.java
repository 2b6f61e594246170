// SPDX-License-Identifier: Apache-2.0
/**
 * A request to the API and its answer, whatever is asked: who may ask, what a request looks like when it is decoded, and how a
 * refusal is told. The operations are in {@code api}, which imports this.
 */
@NullMarked
package dev.holdfast.gateway.api.http;

import org.jspecify.annotations.NullMarked;
