// SPDX-License-Identifier: Apache-2.0
/**
 * The authenticator that judges tokens by the settings of their issuers, and the signer of tokens for the demo and the
 * command line.
 */
@NullMarked
package dev.holdfast.gateway.auth.jwt;

import org.jspecify.annotations.NullMarked;
