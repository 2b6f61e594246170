// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.auth.Permissions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The payloads of tokens that the page about tokens shows allow and deny what the page says. */
@Tag("unit")
final class ShownClaimsTest {
    private static final Pattern PAYLOAD = Pattern.compile("(?ms)^<!-- acl: may (.*?) -->\n```json\n(.*?)^```$");
    private static final Pattern SAID = Pattern.compile("(not )?(publish|subscribe) to (\\S+)");

    @Test
    void eachPayloadMeansWhatThePageSays() throws Exception {
        Matcher payloads = PAYLOAD.matcher(Files.readString(Path.of("docs", "tokens.md")));
        int said = 0;
        SoftAssertions all = new SoftAssertions();
        while (payloads.find()) {
            Map<?, ?> claims = new ObjectMapper().readValue(payloads.group(2), Map.class);
            Permissions permissions = CompiledPermissions.of(
                    AclRules.ofClaim(claims.get("acl")),
                    new Placeholders("client", null, String.valueOf(claims.get("sub"))));
            Matcher each = SAID.matcher(payloads.group(1).replace(",", ""));
            while (each.find()) {
                said++;
                boolean may = each.group(2).equals("publish")
                        ? permissions.mayPublish(each.group(3), 1, false)
                        : permissions.maySubscribe(each.group(3), 1);
                all.assertThat(may)
                        .as("%s in %s", each.group(), payloads.group(2))
                        .isEqualTo(each.group(1) == null);
            }
        }

        assertThat(said).isEqualTo(7);
        all.assertAll();
    }
}
