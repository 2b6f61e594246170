// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import org.assertj.core.presentation.HexadecimalRepresentation;
import org.assertj.core.presentation.Representation;

/** How codes are shown in the messages of failed assertions. */
public final class Codes {
    public static final Representation IN_HEX = new HexadecimalRepresentation();

    private Codes() {}
}
