// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import dev.holdfast.gateway.config.value.Rate;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A {@link Rate} of bytes, which is written with their units; all others count things. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface OfBytes {}
