// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

/**
 * How far a session's queue may have been sent by its earlier connections.
 *
 * @param seq the highest seq that may have been sent
 * @param isSure false while the store waits for the word of a displaced owner and takes everything for sent that this one
 *     could have sent, as far as it knows
 */
public record SentMark(long seq, boolean isSure) {}
