// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs the class against a gateway process with these settings. Classes with the same settings share one process unless
 * they want to be alone; a test method gets its {@link Lab}, and the {@link TestGateway} if it wants it, as parameters.
 */
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(GatewayExtension.class)
public @interface OnGateway {
    /** What {@code --set} is given, as {@code path=value}. */
    String[] value() default {};

    /** Flags for its Java process. */
    String[] jvm() default {};

    /** Whether the class has a process of its own, which ends with it. */
    boolean alone() default false;
}
