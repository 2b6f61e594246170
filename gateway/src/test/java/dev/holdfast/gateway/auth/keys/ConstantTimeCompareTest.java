// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.MethodCallTarget;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * How long a wrong signature is looked at must not tell how much of it is right. The difference is some nanoseconds, which
 * no test sees through a socket, so this one reads the code that compares. Only an HMAC is compared with something
 * secret; the other algorithms verify with a public key.
 */
final class ConstantTimeCompareTest {
    private static final String JJWT = "io.jsonwebtoken.impl.security";

    @Test
    void constantTimeCompare() {
        JavaClasses library = new ClassFileImporter().importPackages(JJWT);
        List<String> comparisons = comparisons(library)
                .filter(call -> call.getOriginOwner().getSimpleName().contains("Mac"))
                .map(call -> call.getTarget().getFullName())
                .toList();

        assertThat(comparisons).isNotEmpty().allMatch(name -> name.startsWith(MessageDigest.class.getName()));
    }

    @Test
    void nothingSecretIsComparedByOurselves() {
        JavaClasses ours = new ClassFileImporter().importPackages(getClass().getPackageName());

        // What a key endpoint has answered now and before, which is public.
        assertThat(comparisons(ours).map(call -> call.getOriginOwner().getName()))
                .filteredOn(name -> !name.endsWith("Test"))
                .containsOnly(JwksEndpoint.class.getName() + "$Answer");
    }

    /** Where arrays are compared, in constant time or not. */
    private static Stream<JavaMethodCall> comparisons(JavaClasses classes) {
        return classes.stream()
                .flatMap(each -> each.getMethodCallsFromSelf().stream())
                .filter(call -> {
                    MethodCallTarget target = call.getTarget();
                    return (target.getOwner().isEquivalentTo(MessageDigest.class)
                                    && target.getName().equals("isEqual"))
                            || (target.getOwner().isEquivalentTo(Arrays.class)
                                    && List.of("equals", "compare", "mismatch").contains(target.getName()));
                });
    }
}
