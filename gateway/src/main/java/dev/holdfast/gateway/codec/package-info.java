// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes to MQTT packets and back.
 *
 * <pre>
 *   bytes -> Framer -> whole packets -> PublishView     (PUBLISH, its own parser)
 *                                    -> FilterPacket    (SUBSCRIBE and UNSUBSCRIBE)
 *                                    -> AckView         (PUBACK, PUBREC, PUBREL and PUBCOMP)
 *                                    -> PacketDecoder   (the rest: strict scan, then netty's MqttDecoder)
 *
 *   Message     -> EncodedPublish -> bytes              (once per variant; packet identifier and DUP are patched;
 *                                                      a long payload stays where it is, in the message)
 *   MqttMessage -> PacketEncoder  -> bytes              (netty's MqttEncoder; acknowledgements without it)
 * </pre>
 *
 * <p>What is wrong with a client's bytes leaves here as one {@link dev.holdfast.gateway.codec.MalformedPacketException}
 * with the reason code that the specification names. {@link dev.holdfast.gateway.codec.Framer} belongs to one
 * connection, the other classes with state to one I/O thread.
 */
@NullMarked
package dev.holdfast.gateway.codec;

import org.jspecify.annotations.NullMarked;
