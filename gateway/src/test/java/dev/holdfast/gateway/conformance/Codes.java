// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import org.assertj.core.presentation.HexadecimalRepresentation;
import org.assertj.core.presentation.Representation;

/** How codes are shown in the messages of failed assertions. */
final class Codes {
    static final Representation IN_HEX = new HexadecimalRepresentation();

    private Codes() {}
}
