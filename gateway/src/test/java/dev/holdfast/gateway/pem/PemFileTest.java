// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Keys in every form that tools write. cert-manager and OpenSSL 1 write PKCS #1 and SEC 1 unless they are asked for PKCS #8,
 * and both were refused, by serve alone.
 */
@Tag("unit")
final class PemFileTest {
    private static final ASN1ObjectIdentifier P_256 = new ASN1ObjectIdentifier("1.2.840.10045.3.1.7");

    @TempDir
    private Path directory;

    static Stream<KeyPair> keys() throws Exception {
        return Stream.of(rsa(2048), rsa(4096), ec("secp256r1"), ec("secp384r1"), ec("secp521r1"));
    }

    private static KeyPair rsa(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static KeyPair ec(String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    private PemFile file(String text) throws IOException {
        return PemFile.read(Files.writeString(directory.resolve("some.pem"), text));
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
                + "-----\n";
    }

    /** PKCS #1 or SEC 1. */
    private static String traditional(PrivateKey key) throws IOException {
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
        if (key instanceof ECPrivateKey ec) {
            int bits = ec.getParams().getOrder().bitLength();
            return pem(
                    "EC PRIVATE KEY",
                    new org.bouncycastle.asn1.sec.ECPrivateKey(
                                    bits,
                                    ec.getS(),
                                    info.getPrivateKeyAlgorithm().getParameters())
                            .getEncoded());
        }
        return pem("RSA PRIVATE KEY", info.parsePrivateKey().toASN1Primitive().getEncoded());
    }

    /** OpenSSL 3.0: {@code openssl ecparam -name prime256v1 -genkey}. */
    private static final String BY_OPENSSL = """
            -----BEGIN EC PARAMETERS-----
            BggqhkjOPQMBBw==
            -----END EC PARAMETERS-----
            -----BEGIN EC PRIVATE KEY-----
            MHcCAQEEIGYPlw4j37dO9NkSDvhbw5niP/IHvnwkCBo2r8GHZPm1oAoGCCqGSM49
            AwEHoUQDQgAEuHluuvH3u1azRoqbC5KfVt3dDKpwUXJTYKi0g3HhOwVXv/ZWRTa4
            ag0KDPfZfoSv55zJjmcHKmt3krIWt/RfeA==
            -----END EC PRIVATE KEY-----
            """;

    @ParameterizedTest
    @MethodSource("keys")
    void aPrivateKeyIsReadFromItsOldFormAndFromPkcs8(KeyPair keys) throws Exception {
        String old = traditional(keys.getPrivate());

        isThePartnerOf(keys.getPublic(), file(old).privateKey());
        isThePartnerOf(keys.getPublic(), file(old.replace("\n", "\r\n")).privateKey());
        isThePartnerOf(
                keys.getPublic(),
                file(pem("PRIVATE KEY", keys.getPrivate().getEncoded())).privateKey());
    }

    private static void isThePartnerOf(PublicKey known, PrivateKey read) throws Exception {
        Signature signature =
                Signature.getInstance(known.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
        signature.initSign(read);
        byte[] signed = signature.sign();
        signature.initVerify(known);
        assertThat(signature.verify(signed)).isTrue();
    }

    @Test
    void anEllipticKeyThatDoesNotNameItsCurveTakesItFromTheParametersBeforeIt() throws Exception {
        KeyPair keys = ec("secp256r1");
        BigInteger secret = ((ECPrivateKey) keys.getPrivate()).getS();
        String key = pem("EC PRIVATE KEY", new org.bouncycastle.asn1.sec.ECPrivateKey(256, secret).getEncoded());

        assertThat(file(BY_OPENSSL).privateKey()).isInstanceOf(ECPrivateKey.class);
        isThePartnerOf(
                keys.getPublic(),
                file(pem("EC PARAMETERS", P_256.getEncoded()) + key).privateKey());
        assertThatThrownBy(() -> file(key).privateKey()).hasMessageContaining("some.pem: a private key that is broken");
    }

    @Test
    void anEd25519KeyIsRead() throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();

        assertThat(file(pem("PRIVATE KEY", keys.getPrivate().getEncoded())).privateKey())
                .isEqualTo(keys.getPrivate());
    }

    @Test
    void aPublicKeyIsReadFromItsOldForm() throws Exception {
        KeyPair keys = rsa(2048);
        byte[] pkcs1 = SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded())
                .parsePublicKey()
                .getEncoded();

        assertThat(file(pem("RSA PUBLIC KEY", pkcs1)
                                + pem("PUBLIC KEY", keys.getPublic().getEncoded()))
                        .publicKeys())
                .containsExactly(keys.getPublic(), keys.getPublic());
    }

    @Test
    void anEncryptedKeyIsCalledEncryptedInBothForms() throws Exception {
        String old = """
                -----BEGIN RSA PRIVATE KEY-----
                Proc-Type: 4,ENCRYPTED
                DEK-Info: AES-128-CBC,21F3F37E74C78995DECBE8BE980963FC

                NlIxIEwHGk4Qa+AUe+AR
                -----END RSA PRIVATE KEY-----
                """;

        assertThatThrownBy(() -> file(old).privateKey()).hasMessageContaining("encrypted", "openssl pkcs8");
        assertThatThrownBy(() ->
                        file(pem("ENCRYPTED PRIVATE KEY", new byte[] {48, 0})).privateKey())
                .hasMessageContaining("encrypted");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "DSA PRIVATE KEY", "OPENSSH PRIVATE KEY"})
    void whatIsNoKeyOfItsKindIsRefusedWithTheNameOfTheFileAndNothingElse(String label) throws Exception {
        byte[] rsa = PrivateKeyInfo.getInstance(rsa(2048).getPrivate().getEncoded())
                .parsePrivateKey()
                .toASN1Primitive()
                .getEncoded();
        for (byte[] der : new byte[][] {{}, {48}, {48, (byte) 0x84, 127, 127, 127, 127}, {4, 2, 1}, rsa}) {
            if (label.startsWith("RSA") && der == rsa) {
                continue;
            }
            assertThatThrownBy(() -> file(pem(label, der)).privateKey())
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessageStartingWith(directory.resolve("some.pem") + ": ");
        }
    }

    @Test
    void aFileThatCannotBeReadSaysWhy() {
        assertThatThrownBy(() -> PemFile.read(directory.resolve("none")))
                .hasMessage(directory.resolve("none") + ": cannot be read: no such file");
        assertThatThrownBy(() -> PemFile.read(directory)).hasMessage(directory + ": cannot be read: a directory");
        assertThatThrownBy(() -> file("no PEM").privateKey()).hasMessageContaining("no private key in it");
        assertThatThrownBy(() -> file("no PEM").certificates()).hasMessageContaining("no certificate in it");
    }
}
