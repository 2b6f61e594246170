// SPDX-License-Identifier: Apache-2.0
/**
 * The direct way between two gateways: entries of an inbox over a TCP connection, from the one that tells to the one that
 * reads. What is told is not this room's business, and nothing depends on a link: who tells goes by the inbox without it.
 *
 * <pre>
 *   reader to writer   "HFL1" nonce[16]
 *   writer to reader   "HFL1" nonce[16] writer[8] proof[32]
 *   reader to writer   proof[32]
 *   writer to reader   length[4] flags[1] number[8] body[length] ...   an entry, or a question if flagged so
 *   reader to writer   number[8] ...                                   read up to here
 * </pre>
 *
 * Both proofs are HMAC-SHA256 over both nonces and the writer, with a secret that the reader has told in the writer's inbox:
 * whoever can read that belongs.
 */
@NullMarked
package dev.holdfast.gateway.link;

import org.jspecify.annotations.NullMarked;
