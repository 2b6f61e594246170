// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A URL on the command line. */
public final class UrlOption implements ITypeConverter<URI> {
    @Override
    public URI convert(String text) {
        try {
            URI url = new URI(text.strip());
            if (url.getScheme() != null && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw new TypeConversionException("expected a URL as http://host:port: " + text);
        }
        throw new TypeConversionException("expected a URL as http://host:port: " + text);
    }
}
