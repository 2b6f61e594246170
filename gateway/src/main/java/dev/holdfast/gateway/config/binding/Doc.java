// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a setting does, in the words of the operator; printed by {@code config doc} and {@code config default}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Doc {
    /** The text, plain, one or a few sentences. */
    String value();
}
