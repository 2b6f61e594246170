// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Map;
import javax.net.ssl.TrustManagerFactory;

/**
 * A port with TLS at which clients come in.
 *
 * @param isWebSocket whether it is wss, not mqtts
 * @param certificate what a client trusts
 */
record Door(boolean isWebSocket, int port, X509Certificate certificate) {
    /** A HiveMQ client that will come in there. */
    MqttClientBuilder client(String id) {
        MqttClientBuilder builder = MqttClient.builder()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(port)
                .sslConfig(trust());
        return isWebSocket
                ? builder.webSocketConfig()
                        .serverPath("mqtt")
                        // A balancer that believed it would let a client claim any address.
                        .httpHeaders(Map.of("X-Forwarded-For", "203.0.113.9", "Forwarded", "for=203.0.113.8"))
                        .applyWebSocketConfig()
                : builder;
    }

    private MqttClientSslConfig trust() {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("balancer", certificate);
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            return MqttClientSslConfig.builder()
                    .trustManagerFactory(factory)
                    .hostnameVerifier((host, session) -> true)
                    .build();
        } catch (GeneralSecurityException | java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
