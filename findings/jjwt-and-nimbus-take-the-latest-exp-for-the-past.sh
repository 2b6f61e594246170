#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   io.jsonwebtoken:jjwt-impl 0.13.0 and com.nimbusds:nimbus-jose-jwt 10.10 from Maven Central, beside jose4j
#            0.9.6
# Guess:     the greatest exp that a 64-bit number can hold, which some issuers write for a token that never ends, lies
#            in the future.
# Behaviour: both multiply the seconds by 1,000 and the number wraps: the token expired one second before 1970, they
#            say, with no hint at the overflow. jose4j takes it. An exp of the year 2100 is no problem.
# For us:    this gateway reads exp by itself (auth.token.Claims): a number beyond the last second that a time can have
#            is refused as a claim that is wrong, not as expired.
# Seen:      4102444800: jjwt takes nimbus takes jose4j takes / 9223372036854775807: jjwt expired nimbus expired jose4j
#            takes
# Exits with 1 if that has changed. Needs a JDK of 17 or newer and Maven.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml << 'POM'
<project>
  <modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
  <dependency>
    <groupId>io.jsonwebtoken</groupId><artifactId>jjwt-impl</artifactId><version>0.13.0</version>
  </dependency>
  <dependency>
    <groupId>io.jsonwebtoken</groupId><artifactId>jjwt-jackson</artifactId><version>0.13.0</version>
  </dependency>
  <dependency>
    <groupId>com.nimbusds</groupId><artifactId>nimbus-jose-jwt</artifactId><version>10.10</version>
  </dependency>
  <dependency><groupId>org.bitbucket.b_c</groupId><artifactId>jose4j</artifactId><version>0.9.6</version></dependency>
  </dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=path.txt > mvn.log

cat > Latest.java << 'JAVA'
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Keys;
import java.util.Base64;
import java.util.LinkedHashMap;
import javax.crypto.Mac;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.HmacKey;

class Latest {
    interface Check { void verify(String token) throws Exception; }

    public static void main(String[] args) throws Exception {
        byte[] key = "0123456789abcdef0123456789abcdef".getBytes();
        var nimbus = new DefaultJWTProcessor<SecurityContext>();
        nimbus.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.HS256, new ImmutableSecret<>(key)));
        var jjwt = Jwts.parser().verifyWith(Keys.hmacShaKeyFor(key)).build();
        var jose4j = new JwtConsumerBuilder().setVerificationKey(new HmacKey(key)).build();
        var checks = new LinkedHashMap<String, Check>();
        checks.put("jjwt", jjwt::parseSignedClaims);
        checks.put("nimbus", token -> nimbus.process(token, null));
        checks.put("jose4j", jose4j::process);
        for (long exp : new long[] {4102444800L, Long.MAX_VALUE}) {
            System.out.print(exp + ":");
            for (String name : checks.keySet()) {
                try {
                    checks.get(name).verify(token(key, exp));
                    System.out.print(" " + name + " takes");
                } catch (Exception refused) {
                    boolean late = refused.getMessage().toLowerCase().contains("expired");
                    System.out.print(" " + name + (late ? " expired" : " refused"));
                }
            }
            System.out.print(exp < Long.MAX_VALUE ? " / " : "\n");
        }
    }

    private static String token(byte[] key, long exp) throws Exception {
        var base64 = Base64.getUrlEncoder().withoutPadding();
        String head = base64.encodeToString("{\"alg\":\"HS256\"}".getBytes());
        String body = head + "." + base64.encodeToString(("{\"sub\":\"device\",\"exp\":" + exp + "}").getBytes());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(Keys.hmacShaKeyFor(key));
        return body + "." + base64.encodeToString(mac.doFinal(body.getBytes()));
    }
}
JAVA
seen=$(java -Xmx200m -cp "$(cat path.txt)" Latest.java 2> java.log)
echo "$seen"
[ "$seen" = "4102444800: jjwt takes nimbus takes jose4j takes / 9223372036854775807: jjwt expired nimbus expired jose4j takes" ]
