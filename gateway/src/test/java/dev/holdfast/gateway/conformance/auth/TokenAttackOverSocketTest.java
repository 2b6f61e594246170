// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is known to be tried with a JWT, each by its name, as the password of a CONNECT through a socket. */
final class TokenAttackOverSocketTest {
    private static final String HS256 = "{\"alg\":\"HS256\"}";

    @TempDir
    private static Path directory;

    private static TokenDesk desk;
    private static InProcessGateway gateway;

    @BeforeAll
    static void start() {
        desk = new TokenDesk(directory);
        gateway = InProcessGateway.start(desk.settings());
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    static Stream<Arguments> attacks() throws Exception {
        TokenDesk issuer = new TokenDesk(Files.createDirectory(directory.resolve("another")));
        String good = signed(HS256, claims(""));
        String body = good.substring(0, good.lastIndexOf('.'));
        String signature = good.substring(good.lastIndexOf('.') + 1);
        List<Arguments> all = new ArrayList<>();
        for (String alg : List.of("none", "None", "NONE", "HS512", "HS384", "RS256", "hs256", "")) {
            String header = "{\"alg\":\"" + alg + "\"}";
            add(all, "alg " + alg, signed(header, claims("")));
            add(all, "alg " + alg + " without signature", base64(header) + "." + base64(claims("")) + ".");
        }
        add(all, "alg missing", signed("{\"typ\":\"JWT\"}", claims("")));
        add(all, "public key as HMAC secret", confused(HS256, claimsOf(TokenDesk.OTHER_ISSUER, "")));
        add(
                all,
                "public key as HMAC secret under ES256",
                confused("{\"alg\":\"ES256\"}", claimsOf(TokenDesk.OTHER_ISSUER, "")));
        add(
                all,
                "ES256 with r = s = 0",
                base64("{\"alg\":\"ES256\"}") + "." + base64(claimsOf(TokenDesk.OTHER_ISSUER, "")) + "."
                        + Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[64]));
        add(all, "key of another desk", issuer.elliptic("ann", Duration.ofMinutes(5), Map.of()));
        add(
                all,
                "issuer's token signed by the other issuer's key",
                signed(HS256, claimsOf(TokenDesk.OTHER_ISSUER, "")));
        for (String name : List.of("jwk", "jku", "x5u", "x5c")) {
            String value = name.equals("jwk") ? "{\"kty\":\"oct\",\"k\":\"YXR0YWNrZXI\"}" : "\"https://127.0.0.1:1/\"";
            String header = "{\"alg\":\"HS256\",\"" + name + "\":" + value + "}";
            add(all, "header " + name, signedWith("attacker-attacker-attacker-attacker", header, claims("")));
        }
        add(all, "crit unknown", signed("{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", claims("")));
        add(all, "b64 false", signed("{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", claims("")));
        add(all, "zip DEF", signed("{\"alg\":\"HS256\",\"zip\":\"DEF\"}", claims("")));
        add(all, "zip GZIP", signed("{\"alg\":\"HS256\",\"zip\":\"GZIP\"}", claims("")));
        add(all, "kid of 10 kB", signed("{\"alg\":\"HS256\",\"kid\":\"" + "k".repeat(10_000) + "\"}", claims("")));
        add(all, "five parts", good + ".a.b");
        add(all, "token longer than 8 KiB", signed(HS256, claims(",\"x\":\"" + "y".repeat(9000) + "\"")));
        add(all, "duplicate claims", signed(HS256, claims(",\"sub\":\"root\"")));
        add(all, "duplicate header", signed("{\"alg\":\"none\",\"alg\":\"HS256\"}", claims("")));
        add(all, "nested JSON", signed(HS256, claims(",\"x\":" + "[".repeat(2000) + "]".repeat(2000))));
        add(all, "garbled acl", signed(HS256, claims(",\"acl\":{\"pubs\":[\"#\"]}")));
        long now = Instant.now().getEpochSecond();
        add(all, "exp missing", signed(HS256, claims("").replaceAll(",\"exp\":[0-9]+", "")));
        for (String exp :
                List.of("-1", "1e400", "99999999999999999999", "\"" + (now + 60) + "\"", "null", "[1]", "0")) {
            add(all, "exp " + exp, signed(HS256, claims("").replaceAll("\"exp\":[0-9]+", "\"exp\":" + exp)));
        }
        add(all, "exp past", signed(HS256, claims("").replaceAll("\"exp\":[0-9]+", "\"exp\":" + (now - 1))));
        add(all, "nbf future", signed(HS256, claims(",\"nbf\":" + (now + 60))));
        add(all, "iat future", signed(HS256, claims(",\"iat\":" + (now + 60))));
        add(all, "aud missing", signed(HS256, claims("").replace(",\"aud\":\"mqtt\"", "")));
        add(all, "aud wrong", signed(HS256, claims("").replace("\"mqtt\"", "\"other\"")));
        add(all, "aud case", signed(HS256, claims("").replace("\"mqtt\"", "\"MQTT\"")));
        add(all, "iss wrong", signed(HS256, claimsOf("https://evil.example/", "")));
        add(all, "iss without its slash", signed(HS256, claimsOf("https://id.example", "")));
        add(all, "sub missing", signed(HS256, claims("").replace("\"sub\":\"ann\",", "")));
        add(all, "sub empty", signed(HS256, claims("").replace("\"ann\"", "\"\"")));
        add(all, "sub with NUL", signed(HS256, claims("").replace("\"ann\"", "\"a\\u0000b\"")));
        add(all, "signature whose first byte alone is wrong", body + "." + flipped(signature, 0));
        add(all, "signature whose last byte alone is wrong", body + "." + flipped(signature, 31));
        add(all, "signature stripped", body + ".");
        add(all, "signature missing", body);
        add(all, "signature truncated", good.substring(0, good.length() - 4));
        add(all, "signature of one byte more", good + "AA");
        add(all, "padding", good + "=");
        add(all, "whitespace behind", good + " ");
        add(all, "line end behind", good + "\n");
        add(all, "whitespace in front", " " + good);
        add(all, "byte order mark", "\uFEFF" + good);
        add(
                all,
                "base64 alphabet",
                base64("{\"alg\":\"HS256\",\"x\":\"???>>>\"}").replace('_', '/').replace('-', '+') + "."
                        + base64(claims("")) + "." + signature);
        add(all, "two dots", "..");
        add(all, "payload of another token", base64(HS256) + "." + base64(claims(",\"admin\":true")) + "." + signature);
        return all.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void isRefusedInTheSameWordsAndHarmsNobody(String name, String token) {
        try (Lab lab = new Lab(gateway)) {
            RawClient client = lab.open(Version.V5);

            client.send(connect(lab.id("a")).password(token.getBytes(StandardCharsets.UTF_8)));

            Packet answer = client.expect(PacketType.CONNACK);
            assertThat(answer.reason()).as(name).isEqualTo(0x86);
            assertThat(answer.properties().text(Prop.REASON_STRING)).isEqualTo("bad user name or password");
            client.expectClosed();
            lab.connect(Version.V3_1_1, connect(lab.id("b")).userName("u").password(signed(HS256, claims(""))));
        }
    }

    @Test
    void expAsAFractionAndAudAsAListAreTaken() {
        try (Lab lab = new Lab(gateway)) {
            String fraction = claims("").replaceAll("(\"exp\":[0-9]+)", "$1.5");
            String list = claims("").replace("\"mqtt\"", "[\"x\",\"mqtt\"]");

            for (String payload : List.of(fraction, list)) {
                lab.connect(Version.V5, connect(lab.id("a")).password(signed(HS256, payload)));
            }
        }
    }

    @Test
    void aMegabyteOfNestedJsonIsClosedBeforeItIsBuffered() {
        try (Lab lab = new Lab(gateway)) {
            String nested = base64(HS256) + "." + base64("[".repeat(1 << 20)) + ".a";
            byte[] remainingLength = {(byte) 0x80, (byte) 0x80, 0x60}; // 1.5 MiB
            RawClient client = lab.open(Version.V5);

            client.sendBytes(new byte[] {0x10});
            client.sendBytes(remainingLength);
            client.trySendBytes(nested.getBytes(StandardCharsets.US_ASCII));

            client.expectRefusedOrClosed(0x95);
            lab.connect(Version.V5, connect(lab.id("b")).password(signed(HS256, claims(""))));
        }
    }

    private static String flipped(String signature, int at) {
        byte[] bytes = Base64.getUrlDecoder().decode(signature);
        bytes[at] ^= 1;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static void add(List<Arguments> all, String name, String token) {
        all.add(Arguments.of(name, token));
    }

    private static String claims(String more) {
        return claimsOf(TokenDesk.ISSUER, more);
    }

    private static String claimsOf(String issuer, String more) {
        return "{\"iss\":\"" + issuer + "\",\"sub\":\"ann\",\"aud\":\"mqtt\",\"exp\":"
                + (Instant.now().getEpochSecond() + 600) + more + "}";
    }

    private static String signed(String header, String payload) {
        return signedWith(TokenDesk.SECRET, header, payload);
    }

    /** Signed with the one thing that everybody may know. */
    private static String confused(String header, String payload) throws Exception {
        Path publicKey = directory.resolve("public.pem");
        return signedWith(Files.readString(publicKey), header, payload);
    }

    private static String signedWith(String secret, String header, String payload) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            String text = base64(header) + "." + base64(payload);
            byte[] signature = mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
            return text + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
