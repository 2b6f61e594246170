// SPDX-License-Identifier: Apache-2.0
/**
 * What a session needs of its connection and of those who watch it: the outlet for its packets, the thread of both, and the words
 * in which its beginning and its end are told.
 */
@NullMarked
package dev.holdfast.gateway.session.connection;

import org.jspecify.annotations.NullMarked;
