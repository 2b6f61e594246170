// SPDX-License-Identifier: Apache-2.0
/** The commands that ask a gateway's REST API, and order by it. */
@NullMarked
package dev.holdfast.gateway.cli.rest;

import org.jspecify.annotations.NullMarked;
