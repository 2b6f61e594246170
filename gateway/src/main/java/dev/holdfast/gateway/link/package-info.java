// SPDX-License-Identifier: Apache-2.0
/**
 * The link, a direct TCP connection between two gateways: the writer sends entries, the reader acknowledges them. This package does not
 * know what an entry contains. Nothing depends on a link: without one, entries go by the inbox of the reader in Redis.
 *
 * <pre>
 *   reader to writer   "HFL1" nonce[16]
 *   writer to reader   "HFL1" nonce[16] writer[8] proof[32]
 *   reader to writer   proof[32]
 *   writer to reader   length[4] flags[1] number[8] body[length] ...   an entry, or a question if flagged so
 *   reader to writer   number[8] ...                                   read up to here
 * </pre>
 *
 * Both proofs are HMAC-SHA256 over both nonces and the writer's name, with a secret that the reader has put into the writer's inbox:
 * only a gateway can read it there.
 */
@NullMarked
package dev.holdfast.gateway.link;

import org.jspecify.annotations.NullMarked;
