// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which offers of permessage-deflate are accepted: RFC 7692 section 7.1. */
class DeflateOfferTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate",
                "Permessage-Deflate",
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate;client_max_window_bits=9",
                "permessage-deflate; client_max_window_bits=\"15\"",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                "x-webkit-deflate-frame, permessage-deflate",
                "permessage-deflate; server_max_window_bits=10, permessage-deflate",
                "permessage-bzip2; level=9 , permessage-deflate ; client_max_window_bits"
            })
    void isAccepted(String header) {
        assertThat(DeflateOffer.isAcceptable(List.of(header))).isTrue();
        assertThat(DeflateOffer.isAcceptable(List.of("x-other", header))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "permessage-deflat",
                "x-permessage-deflate",
                "permessage-deflate; server_max_window_bits=10",
                "permessage-deflate; server_max_window_bits=15",
                "permessage-deflate; server_max_window_bits",
                "permessage-deflate; server_no_context_takeover=1",
                "permessage-deflate; client_max_window_bits=16",
                "permessage-deflate; client_max_window_bits=7",
                "permessage-deflate; client_max_window_bits=08",
                "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
                "permessage-deflate; level=9",
                "permessage-deflate; ",
                "; permessage-deflate"
            })
    void isDeclined(String header) {
        assertThat(DeflateOffer.isAcceptable(List.of(header))).isFalse();
    }

    @Test
    void whoOffersNothingGetsNothing() {
        assertThat(DeflateOffer.isAcceptable(List.of())).isFalse();
    }
}
