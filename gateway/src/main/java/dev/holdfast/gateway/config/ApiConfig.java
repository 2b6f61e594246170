// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.value.Secret;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Who may use the REST API of the internal listener. */
public record ApiConfig(
        @Doc(
                "Who has this token may look, with Authorization: Bearer. 16 to 512 visible ASCII characters. Without it, and without "
                        + "read-token-file, whoever is on this machine may look without a token.")
        @Nullable
        Secret readToken,

        @Doc("A file with such tokens instead, one a line, so that they can be exchanged one after the other.")
        @Nullable
        Path readTokenFile,

        @Doc("Who has this token may look, change sessions and retained messages, and publish. Without it, and without "
                + "write-token-file, nobody may change anything.")
        @Nullable
        Secret writeToken,

        @Doc("A file with such tokens instead, one a line.") @Nullable
        Path writeTokenFile)
        implements Checked {
    @Override
    public void check(Complaints complaints) {
        if (readToken != null && readTokenFile != null) {
            complaints.about("read-token-file", "there is a read-token too; expected one of them");
        }
        if (writeToken != null && writeTokenFile != null) {
            complaints.about("write-token-file", "there is a write-token too; expected one of them");
        }
        if (readToken != null && readToken.equals(writeToken)) {
            complaints.about("write-token", "is the read-token; expected another one");
        }
    }
}
