// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.value.Secret;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Redis. */
public record RedisConfig(
        @Doc(
                "redis://[user:password@]host:port[/database], or rediss:// for TLS. Usually given as --redis. What stands on a "
                        + "command line is seen by every user of the machine: a password belongs into password-file, or into the "
                        + "variable HOLDFAST_STORE_REDIS_URL.")
        @Nullable
        Secret url,

        @Doc("The ACL user, if url names none.") @Nullable String username,

        @Doc("Its password, if url has none.") @Nullable Secret password,

        @Doc("File whose first line is the ACL user. Read again at each new connection.") @Nullable
        Path usernameFile,

        @Doc(
                "File whose first line is the password, so that it is in no configuration and on no command line. Read again at "
                        + "each new connection: a new password needs no restart.")
        @Nullable
        Path passwordFile,

        @Doc("What the name of every key begins with; gateways with the same prefix share their sessions.")
        @Default("hf")
        String prefix,

        @Doc("How Redis is run: url names the server, one of the Sentinels, or a node of the cluster.")
        @Default("single")
        Mode mode,

        @Doc("Further Sentinels or nodes, redis://host:port each.") @Default("")
        List<Secret> addresses,

        @Doc("What the Sentinels call the master.") @Default("mymaster")
        String masterName,

        @Doc(
                "PEM file: the authorities that sign the certificates of rediss:// servers, instead of the JDK's. Like the other "
                        + "files for TLS it is read again when it has changed, for new connections.")
        @Nullable
        Path ca,

        @Doc("PKCS#12 or JKS file with these authorities, instead of ca.") @Nullable
        Path trustStore,

        @Doc("The password of the trust store.") @Nullable Secret trustStorePassword,

        @Doc(
                "PEM file: the certificate that rediss:// servers are shown, then its intermediates. Redis asks for one unless it has "
                        + "tls-auth-clients no.")
        @Nullable
        Path certificate,

        @Doc("PEM file: the private key of that certificate, not encrypted.") @Nullable
        Path key,

        @Doc("PKCS#12 file with certificate and key, instead of the two PEM files.") @Nullable
        Path keystore,

        @Doc("File whose first line is the password of the key store.") @Nullable
        Path keystorePasswordFile,

        @Doc("The ACL user at the Sentinels.") @Nullable String sentinelUsername,

        @Doc("The Sentinels' own password; the one in url is the master's.") @Nullable
        Secret sentinelPassword,

        @Doc("File whose first line is the Sentinels' own password.") @Nullable
        Path sentinelPasswordFile,

        @Doc("How many replicas must have a write before it counts as stored (WAIT). 0 asks the master only.")
        @Default("0")
        @Between(min = "0", max = "16")
        int replicas)
        implements Checked {
    @Override
    public void check(Complaints complaints) {
        if (mode == Mode.SINGLE && !addresses.isEmpty()) {
            complaints.about("addresses", "a single Redis has one address, its url; expected mode sentinel or cluster");
        }
        onlyOne(complaints, "username-file", usernameFile, "username", username);
        onlyOne(complaints, "password-file", passwordFile, "password", password);
        onlyOne(complaints, "sentinel-password-file", sentinelPasswordFile, "sentinel-password", sentinelPassword);
        onlyOne(complaints, "trust-store", trustStore, "ca", ca);
        onlyOne(complaints, "keystore", keystore, "certificate", certificate);
        if (certificate != null && key == null) {
            complaints.about("certificate", "needs its private key; expected key too");
        }
        if (certificate == null && key != null) {
            complaints.about("key", "needs its certificate; expected certificate too");
        }
        if (keystorePasswordFile != null && keystore == null) {
            complaints.about("keystore-password-file", "is of no use without keystore; expected the key store too");
        }
    }

    private static void onlyOne(
            Complaints complaints, String name, @Nullable Object value, String otherName, @Nullable Object other) {
        if (value != null && other != null) {
            complaints.about(name, otherName + " is set too; expected one of the two");
        }
    }

    /** How Redis is run. */
    public enum Mode {
        /** One server. */
        SINGLE,
        /** A master and its replicas, watched by Sentinels. */
        SENTINEL,
        /** Redis Cluster. */
        CLUSTER
    }
}
