// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives tests their gateway, one process for all classes with the same settings, and closes what they opened. */
final class GatewayExtension implements ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(GatewayExtension.class);

    private record Settings(List<String> values, List<String> jvmFlags) {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Lab.class || type == TestGateway.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        TestGateway gateway = gateway(context);
        if (parameter.getParameter().getType() == TestGateway.class) {
            return gateway;
        }
        return context.getStore(NAMESPACE).computeIfAbsent(Lab.class, key -> new Lab(gateway), Lab.class);
    }

    private static TestGateway gateway(ExtensionContext context) {
        OnGateway wanted = AnnotationSupport.findAnnotation(context.getRequiredTestClass(), OnGateway.class)
                .orElseThrow();
        Settings settings = new Settings(List.of(wanted.value()), List.of(wanted.jvm()));
        return (wanted.alone() ? ofClass(context) : context.getRoot())
                .getStore(NAMESPACE)
                .computeIfAbsent(settings, GatewayExtension::start, TestGateway.class);
    }

    private static ExtensionContext ofClass(ExtensionContext context) {
        ExtensionContext at = context;
        while (at.getTestMethod().isPresent()) {
            at = at.getParent().orElseThrow();
        }
        return at;
    }

    private static TestGateway start(Settings settings) {
        String against = System.getProperty("conformance.against");
        return against == null
                ? GatewayProcess.start(settings.values, settings.jvmFlags)
                : TestGateway.Running.parse(against);
    }
}
