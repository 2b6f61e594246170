// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The demo page. */
public record DemoConfig(
        @Doc("Whether the demo page is served at / of the WebSocket listener. It needs a client that may publish and "
                + "subscribe to demo/#.")
        @Default(value = "false", dev = "true")
        boolean page,

        @Doc(
                "The WebSocket URLs that the page connects to, in order: \"wss://a.example.com/mqtt\". Empty: the gateway that "
                        + "has served it.")
        @Default("")
        List<String> gateways,

        @Doc(
                "A file with the secret, at least 32 bytes, that the tokens of --dev are signed with, for gateways that take "
                        + "each other's. Without it, one is made up at each start.")
        @Nullable
        Path secretFile)
        implements Checked {
    /** Copies what is mutable. */
    public DemoConfig {
        gateways = List.copyOf(Objects.requireNonNullElse(gateways, List.of()));
    }

    @Override
    public void check(Complaints complaints) {
        for (String url : gateways) {
            if (!url.matches("wss?://[A-Za-z0-9.\\[\\]:-]+/[A-Za-z0-9._~/-]*")) {
                complaints.about("gateways", "expected URLs like wss://a.example.com/mqtt, got \"" + url + "\"");
            }
        }
    }
}
