// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

/** In which header a proxy says for whom it asks. */
public enum ForwardedHeader {
    /** {@code X-Forwarded-For} where a request has it, else {@code Forwarded}. */
    AUTO,
    /** {@code X-Forwarded-For}, what nearly every proxy writes. */
    X_FORWARDED_FOR,
    /** {@code Forwarded} (RFC 7239). */
    FORWARDED
}
