// SPDX-License-Identifier: Apache-2.0
/**
 * What an operator, or a backend, may ask and order over HTTP: {@code /api/v1/...} on the internal listener. Described by
 * {@code openapi.yaml}, which is served and held to what is answered.
 *
 * <p>Nothing here runs on an I/O thread of clients, but what is handed to one: as much as a packet would take.
 */
@NullMarked
package dev.holdfast.gateway.api;

import org.jspecify.annotations.NullMarked;
