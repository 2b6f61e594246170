// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.app.CommandFailure;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which token a command shows. */
@Tag("unit")
final class ApiOptionsTest {
    private static final String READ = "HOLDFAST_API_READ_TOKEN";

    @Test
    void whoChangesSomethingShowsNoTokenThatMayOnlyLook() throws CommandFailure {
        assertThat(ApiOptions.writeToken(null, Map.of(READ, "look"))).isNull();
        assertThat(ApiOptions.writeToken(null, Map.of(READ + "_FILE", "/not/there")))
                .isNull();
        assertThat(ApiOptions.writeToken(null, Map.of(READ, "look", "HOLDFAST_API_WRITE_TOKEN", "change")))
                .isEqualTo("change");
        assertThat(ApiOptions.writeToken(null, Map.of(READ, "look", "HOLDFAST_CLI_API_TOKEN", "mine")))
                .isEqualTo("mine");
    }

    @Test
    void whoLooksShowsTheOneThatMay() throws CommandFailure {
        assertThat(new ApiOptions().token(Map.of(READ, "look"))).isEqualTo("look");
    }
}
