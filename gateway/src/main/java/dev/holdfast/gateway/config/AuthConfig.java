// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

/** Who may come in. */
public record AuthConfig(
        @Doc("Whether everybody may connect, publish and subscribe without saying who they are.")
        @Default(value = "false", dev = "true")
        boolean anonymous)
        implements Checked {
    @Override
    public void check(Complaints complaints) {
        if (!anonymous) {
            complaints.about(
                    "anonymous",
                    "nobody could connect: no authentication is configured. Write auth.anonymous: true to let "
                            + "everybody in, or use --dev on your own machine");
        }
    }
}
