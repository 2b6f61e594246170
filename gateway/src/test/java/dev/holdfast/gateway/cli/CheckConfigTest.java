// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.holdfast.gateway.transport.tls.Certificates;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * check-config and serve refuse the same, in the same words. Once check-config looked at the settings alone, and serve
 * ended at 15 of 15 mistakes that it had passed: in keys, rules, certificates and the address of Redis, one at a time.
 */
final class CheckConfigTest {
    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        Files.writeString(directory.resolve("secret"), "0123456789abcdef".repeat(4));
        Files.writeString(directory.resolve("short"), "0123456789abcdef");
        Certificates good = Certificates.of("EC", "localhost");
        good.writeCertificate(directory.resolve("cert.pem"));
        good.writeKey(directory.resolve("key.pem"));
        Certificates.of("RSA", "other").writeKey(directory.resolve("other-key.pem"));
        file = directory.resolve("h.yaml");
    }

    /** What a command prints on standard error, a line each. */
    private List<String> refusals(String command, String... flags) {
        List<String> arguments = new ArrayList<>(List.of(command, "-c", file.toString()));
        arguments.addAll(List.of(flags));
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine(arguments.toArray(String[]::new)).setErr(new PrintWriter(err, true));
        int exitCode =
                assertTimeoutPreemptively(Duration.ofSeconds(30), () -> line.execute(arguments.toArray(String[]::new)));
        assertThat(exitCode).as("%s%n%s", command, err).isEqualTo(2);
        return err.toString().lines().toList();
    }

    private void refusedByBoth(String yaml, String... expected) throws Exception {
        Files.writeString(file, yaml.replace("$DIR", directory.toString()));
        List<String> byCheck = refusals("check-config");

        assertThat(byCheck).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(byCheck.get(i)).startsWith(file + ":").contains(expected[i]);
        }
        assertThat(refusals("serve")).isEqualTo(byCheck);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            audience: [mqtt], algorithms: [RS257], keys: {secret-file: $DIR/secret}|algorithms[0]: no such algorithm: RS257
            algorithms: [HS256], keys: {secret-file: $DIR/secret}|audience: must be written
            audience: [mqtt], keys: {secret-file: $DIR/secret}|algorithms: must be written
            audience: [mqtt], algorithms: [HS256]|keys: exactly one of
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/none}|keys.secret-file: $DIR/none: cannot be read: no such file
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/short}|keys.secret-file: $DIR/short: an HMAC secret of 16 bytes
            audience: [mqtt], algorithms: [RS256], keys: {pem-file: $DIR/cert.pem}|keys.pem-file: $DIR/cert.pem: no key that fits
            audience: [mqtt], algorithms: [RS256], keys: {jwks-url: "http://id.example/keys"}|keys.jwks-url: must be https
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, default-acl: [{permission: permit, action: all, topics: [a]}]|default-acl[0]: permission: expected one of allow, deny
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, default-acl: [{permission: allow, action: all, topics: ["${who}/#"]}]|default-acl[0]: a topic that is no topic filter, or with a placeholder that is not known: ${who}/#
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, required-claims: {a.b: "${who}"}|required-claims.a.b: a placeholder that is not known
            audience: [mqtt], algorithms: [ES256K], keys: {secret-file: $DIR/secret}|algorithms[0]: no such algorithm: ES256K (Java has no secp256k1)
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, default-acl: [{permission: allow, action: all, topics: ["u/${username}"]}]|default-acl[0]: ${username} is whatever the client writes
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, default-acl: [{permission: allow, action: all, topics: ["c/${clientid}"]}]|default-acl[0]: ${clientid} is whatever the client writes
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, client-id-template: "web-*", default-acl: [{permission: allow, action: all, topics: ["c/${clientid}"]}]|default-acl[0]: ${clientid} is whatever the client writes
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, client-id-template: "${username}"|client-id-template: ${username} is whatever the client writes
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, default-acl: [{permission: allow, action: all, topics: ["${claims.}"]}]|default-acl[0]: a topic that is no topic filter
            audience: [mqtt], algorithms: [HS256], keys: {secret-file: $DIR/secret}, client-id-template: "${sub}*"|client-id-template: a template is text with
            """)
    void anIssuerThatServeWouldRefuseIsRefusedWithItsLine(String issuer, String expected) throws Exception {
        refusedByBoth(
                "auth:\n  jwt:\n    issuers:\n      - {issuer: me, " + issuer + "}\n",
                ":4: auth.jwt.issuers[0]." + expected.replace("$DIR", directory.toString()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            tls: {certificate: $DIR/none.pem, key: $DIR/key.pem}|tls.certificate: $DIR/none.pem: cannot be read: no such file
            tls: {certificate: $DIR/cert.pem, key: $DIR/cert.pem}|tls.key: $DIR/cert.pem: no private key in it
            tls: {certificate: $DIR/cert.pem, key: $DIR/other-key.pem}|tls.key: $DIR/other-key.pem and $DIR/cert.pem: the private key is not the certificate's
            tls: {certificate: $DIR/cert.pem, key: $DIR/key.pem, client-auth: required, client-ca: $DIR/key.pem}|tls.client-ca: $DIR/key.pem: no certificate in it
            tls: {keystore: $DIR/cert.pem}|tls.keystore: $DIR/cert.pem:
            store: {redis: {url: "http://h:6379"}}|store.redis.url: expected redis://
            store: {redis: {url: "redis://h:99999"}}|store.redis.url: expected redis://
            store: {redis: {url: "redis://h/zero"}}|store.redis.url: expected redis://
            store: {redis: {url: "redis://h/3", mode: cluster}}|store.redis.url: a cluster has database 0 only
            store: {redis: {url: "redis://h", mode: sentinel, addresses: ["h:26379"]}}|store.redis.addresses[0]: expected redis://host:port
            store: {redis: {url: "rediss://h", trust-store: $DIR/cert.pem}}|store.redis.trust-store: $DIR/cert.pem: PEM; expected PKCS#12 or JKS here
            store: {redis: {url: "rediss://h", trust-store: $DIR/secret}}|store.redis.trust-store: $DIR/secret: neither PKCS#12 nor JKS
            store: {redis: {url: "rediss://h", trust-store: $DIR/none}}|store.redis.trust-store: $DIR/none: cannot be read: no such file
            store: {redis: {url: "rediss://h", ca: $DIR/key.pem}}|store.redis.ca: $DIR/key.pem: no certificate in it
            store: {redis: {url: "rediss://h", certificate: $DIR/cert.pem}}|store.redis.certificate: needs its private key
            store: {redis: {url: "rediss://h", certificate: $DIR/none, key: $DIR/key.pem}}|store.redis.certificate: $DIR/none: cannot be read
            store: {redis: {url: "rediss://h", certificate: $DIR/cert.pem, key: $DIR/other-key.pem}}|store.redis.key: $DIR/other-key.pem and $DIR/cert.pem: the private key is not the certificate's
            store: {redis: {url: "rediss://h", keystore: $DIR/cert.pem}}|store.redis.keystore: $DIR/cert.pem:
            store: {redis: {url: "redis://h", ca: $DIR/cert.pem}}|store.redis.url: certificates are named, and the address is one without TLS
            store: {redis: {url: "redis://u:p@h", password-file: $DIR/secret}}|store.redis.password-file: url names one too
            store: {redis: {url: "redis://u@h", username: v, password: p}}|store.redis.username: url names one too
            store: {redis: {url: "redis://h", password: p, password-file: $DIR/secret}}|store.redis.password-file: password is set too
            store: {redis: {url: "redis://h", password-file: $DIR/none}}|store.redis.password-file: $DIR/none: cannot be read: no such file
            store: {redis: {url: "redis://h", username: u}}|store.redis.username: a user without a password
            store: {redis: {url: "redis://h", mode: sentinel, sentinel-username: u}}|store.redis.sentinel-username: a user without a password
            store: {redis: {url: "rediss://h", mode: sentinel, addresses: ["redis://h:26379"]}}|store.redis.addresses[0]: TLS is for all of them or for none
            listeners: {tcp-port: 1883, ws-port: 1883}|listeners.ws-port: is the port of listeners.tcp-port too
            listeners: {ws-port: 9080}|listeners.admin-port: is the port of another listener
            """)
    void aFileOrAnAddressThatServeWouldRefuseIsRefusedWithItsLine(String section, String expected) throws Exception {
        Files.writeString(file, ("auth: {anonymous: true}\n" + section + "\n").replace("$DIR", directory.toString()));
        List<String> byCheck = refusals("check-config");

        assertThat(byCheck)
                .singleElement()
                .asString()
                .contains(expected.replace("$DIR", directory.toString()))
                .satisfiesAnyOf(
                        line -> assertThat(line).startsWith(file + ":2: "),
                        line -> assertThat(line).startsWith("listeners.admin-port: "));
        assertThat(refusals("serve")).isEqualTo(byCheck);
    }

    @Test
    void everyProblemOfEverySectionIsToldAtOnce() throws Exception {
        refusedByBoth(
                """
                websocket:
                  allowed-origins: ["*"]
                  pathes: [/mqtt]
                auth:
                  anonymous: true
                  anonymous-acl:
                    - {permission: allow, action: read, topics: [a]}
                  jwt:
                    cookie: hf
                    issuers:
                      - issuer: a
                        audience: [mqtt]
                        algorithms: [HS256, ES257]
                        keys:
                          secret-file: $DIR/none
                      - issuer: a
                        algorithms: [HS256]
                        keys:
                          secret-file: $DIR/secret
                        default-acl:
                          - {permission: allow, action: all, topics: [a]}
                          - {permission: allow, action: all}
                tls:
                  certificate: $DIR/cert.pem
                  key: $DIR/none.pem
                store:
                  redis:
                    url: redis://user:hidden@h:0
                """,
                ":3: websocket.pathes: unknown key",
                ":9: auth.jwt.cookie: needs a list of allowed origins",
                ":13: auth.jwt.issuers[0].algorithms[1]: no such algorithm: ES257",
                ":15: auth.jwt.issuers[0].keys.secret-file: ",
                ":16: auth.jwt.issuers[1].audience: must be written",
                ":22: auth.jwt.issuers[1].default-acl[1]: a rule without a topic",
                ":16: auth.jwt.issuers[1].issuer: 'a' is written twice",
                ":7: auth.anonymous-acl[0]: action: expected one of publish, subscribe, all",
                ":25: tls.key: ",
                ":28: store.redis.url: expected redis://");

        assertThat(String.join("\n", refusals("check-config"))).doesNotContain("hidden");
    }

    @Test
    void whatIsWrongInASettingThatCouldNotBeReadIsNotToldTwice() throws Exception {
        refusedByBoth("""
                auth:
                  jwt:
                    issuers:
                      - issuer: a
                        audience: [mqtt]
                        algorithms: [RS256]
                        keys:
                          pem-fiel: $DIR/cert.pem
                """, ":8: auth.jwt.issuers[0].keys.pem-fiel: unknown key; did you mean");
    }

    @Test
    void aGoodConfigurationIsPassedInSilenceAndNothingIsOpenedForIt() throws Exception {
        Files.writeString(file, """
                auth:
                  jwt:
                    issuers:
                      - issuer: a
                        audience: [mqtt]
                        algorithms: [HS256]
                        keys: {secret-file: $DIR/secret}
                      - issuer: b
                        audience: [mqtt]
                        algorithms: [RS256]
                        keys: {jwks-url: "https://127.0.0.1:1/keys"}
                tls: {certificate: $DIR/cert.pem, key: $DIR/key.pem}
                store: {redis: {url: "redis://redis_master:1", password-file: $DIR/secret}}
                """.replace("$DIR", directory.toString()));
        StringWriter err = new StringWriter();
        String[] arguments = {"check-config", "-c", file.toString()};

        int exitCode =
                Main.commandLine(arguments).setErr(new PrintWriter(err, true)).execute(arguments);

        assertThat(err.toString()).isEmpty();
        assertThat(exitCode).isZero();
    }
}
