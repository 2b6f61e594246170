// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.PahoInbox;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.transport.tls.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that others wrote, each with its own TLS, over mqtts and wss, by each engine of the gateway. */
@ParameterizedClass
@ValueSource(strings = {"native", "jdk"})
final class EncryptedClientsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final List<Path> BROWSERS = List.of(
            Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"), Path.of("/usr/bin/google-chrome"));

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // like the next two, made before the tests of each engine
    private static Certificates certificates;

    @SuppressWarnings("NullAway.Init")
    private static Path certificate;

    @SuppressWarnings("NullAway.Init")
    private static GatewayProcess gateway;

    @SuppressWarnings("NullAway.Init")
    @Parameter
    private String provider;

    @BeforeParameterizedClassInvocation
    static void start(String provider) throws Exception {
        certificates = Certificates.of("EC", "localhost");
        certificate = directory.resolve("server.pem");
        certificates.writeCertificate(certificate);
        certificates.writeKey(directory.resolve("server.key"));
        gateway = GatewayProcess.start(
                List.of(
                        "tls.provider=" + provider,
                        "tls.certificate=" + certificate,
                        "tls.key=" + directory.resolve("server.key")),
                List.of());
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        gateway.close();
    }

    @Test
    void theGatewayHasTheEngineThatIsTried() {
        assertThat(gateway.hasLogged(provider.equals("jdk") ? "TLS by the JDK (tls.provider)" : "TLS by BoringSSL"))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void hiveMqClient(ClientTransport transport) throws Exception {
        try (Lab lab = new Lab(gateway)) {
            Mqtt5BlockingClient client =
                    hivemq(lab.id("h"), transport).useMqttVersion5().buildBlocking();
            client.connect();
            try (Mqtt5BlockingClient.Mqtt5Publishes messages = client.publishes(MqttGlobalPublishFilter.ALL)) {
                client.subscribeWith()
                        .topicFilter(lab.topic("+"))
                        .qos(MqttQos.EXACTLY_ONCE)
                        .send();
                for (MqttQos qos : MqttQos.values()) {
                    byte[] payload = payload(qos.getCode());
                    client.publishWith()
                            .topic(lab.topic("a"))
                            .qos(qos)
                            .payload(payload)
                            .send();

                    Mqtt5Publish received = messages.receive(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .orElseThrow();
                    assertThat(received.getPayloadAsBytes()).isEqualTo(payload);
                    assertThat(received.getQos()).isEqualTo(qos);
                }
            } finally {
                client.disconnect();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssl", "wss"})
    void pahoOfMqtt3(String scheme) throws Exception {
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        MqttConnectOptions options = new MqttConnectOptions();
        options.setSocketFactory(trusting());
        options.setHttpsHostnameVerificationEnabled(false); // of names in a subject Paho knows nothing
        try (Lab lab = new Lab(gateway);
                var client = new org.eclipse.paho.client.mqttv3.MqttClient(
                        uri(scheme), lab.id("p3"), new org.eclipse.paho.client.mqttv3.persist.MemoryPersistence())) {
            client.connect(options);
            client.subscribe(
                    lab.topic("+"),
                    2,
                    (topic, message) -> messages.add(new String(message.getPayload(), UTF_8) + message.getQos()));
            for (int qos = 2; qos >= 0; qos--) {
                client.publish(lab.topic("a"), payload(qos), qos, false);

                assertThat(messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isEqualTo(new String(payload(qos), UTF_8) + qos);
            }
            client.disconnect();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssl", "wss"})
    void pahoOfMqtt5(String scheme) throws Exception {
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setSocketFactory(trusting());
        options.setHttpsHostnameVerificationEnabled(false);
        try (Lab lab = new Lab(gateway)) {
            var client = new org.eclipse.paho.mqttv5.client.MqttClient(
                    uri(scheme), lab.id("p5"), new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
            client.setCallback(new PahoInbox(messages));
            client.connect(options);
            client.subscribe(lab.topic("a"), 2);
            for (int qos = 2; qos >= 0; qos--) {
                client.publish(lab.topic("a"), payload(qos), qos, false);

                assertThat(messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isEqualTo(new String(payload(qos), UTF_8) + qos);
            }
            client.disconnectForcibly(0, 1_000, true);
            client.close(true);
        }
    }

    @ParameterizedTest
    @CsvSource({"tlsv1.3, mqttv5", "tlsv1.2, mqttv311"})
    void mosquittoPubAndSub(String tls, String mqtt) throws Exception {
        assumeTrue(
                Stream.of("mosquitto_sub", "mosquitto_pub", "stdbuf")
                        .allMatch(program -> Files.isExecutable(Path.of("/usr/bin", program))),
                "no mosquitto clients here");
        try (Lab lab = new Lab(gateway)) {
            List<String> common = List.of(
                    "-h",
                    "localhost",
                    "-p",
                    String.valueOf(gateway.tcpPort()),
                    "--cafile",
                    certificate.toString(),
                    "--tls-version",
                    tls,
                    "-V",
                    mqtt,
                    "-q",
                    "2",
                    "-t",
                    lab.topic("m"));
            Path output = directory.resolve("mosquitto.out");
            Process subscriber = process(output, "mosquitto_sub", common, "-C", "2", "-W", "20", "-d");
            try {
                await().atMost(PATIENCE).until(() -> Files.readString(output).contains("Subscribed (mid: 1): 2"));
                Process publisher = process(
                        directory.resolve("mosquitto-pub.out"), "mosquitto_pub", common, "-m", "from mosquitto");
                assertThat(publisher.waitFor(20, TimeUnit.SECONDS)).isTrue();
                assertThat(publisher.exitValue()).isZero();
                Process another = process(
                        directory.resolve("mosquitto-pub.out"), "mosquitto_pub", common, "-m", "x".repeat(40_000));
                assertThat(another.waitFor(20, TimeUnit.SECONDS)).isTrue();

                assertThat(subscriber.waitFor(20, TimeUnit.SECONDS)).isTrue();
                assertThat(Files.readAllLines(output)).contains("from mosquitto", "x".repeat(40_000));
            } finally {
                subscriber.destroyForcibly();
            }
        }
    }

    /** MQTT.js over wss in every version, and over mqtts. */
    @ParameterizedTest
    @ValueSource(strings = {"wss", "mqtts"})
    void mqttJsInNode(String scheme) throws Exception {
        MqttJsTest.install();
        try (Lab lab = new Lab(gateway)) {
            String url = scheme.equals("wss")
                    ? "wss://localhost:" + gateway.wsPort() + "/mqtt"
                    : "mqtts://localhost:" + gateway.tcpPort();

            String output = MqttJsTest.run(
                    60,
                    "env",
                    "NODE_EXTRA_CA_CERTS=" + certificate.toAbsolutePath(),
                    "node",
                    "mqttjs.js",
                    url,
                    lab.id("js"));

            assertThat(output).endsWith("ok\n");
        }
    }

    /** Chromium trusts this one key, and otherwise judges TLS as for everybody. */
    @Test
    void mqttJsInChromium() throws Exception {
        Path browser = BROWSERS.stream().filter(Files::isExecutable).findFirst().orElse(null);
        assumeTrue(browser != null, "no Chromium here");
        Path installed = MqttJsTest.install();
        byte[] page = Files.readAllBytes(Path.of("src", "test", "js", "mqttjs-browser.html"));
        byte[] script = Files.readAllBytes(installed.resolve("node_modules/mqtt/dist/mqtt.min.js"));
        CompletableFuture<String> told = new CompletableFuture<>();
        HttpServer site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.createContext("/", exchange -> answer(exchange, "text/html; charset=utf-8", page));
        site.createContext("/mqtt.min.js", exchange -> answer(exchange, "text/javascript", script));
        site.createContext("/told", exchange -> {
            told.complete(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            answer(exchange, "text/plain", new byte[0]);
        });
        site.start();
        String key = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256")
                        .digest(certificates.certificate().getPublicKey().getEncoded()));
        Process chromium = new ProcessBuilder(
                        String.valueOf(browser),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--disable-dev-shm-usage",
                        "--user-data-dir=" + directory.resolve("profile"),
                        "--ignore-certificate-errors-spki-list=" + key,
                        "http://localhost:" + site.getAddress().getPort() + "/#wss://localhost:" + gateway.wsPort()
                                + "/mqtt")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("chromium.out").toFile())
                .start();
        try {
            assertThat(told).succeedsWithin(Duration.ofSeconds(60)).isEqualTo("ok");
        } finally {
            chromium.destroy();
            if (!chromium.waitFor(10, TimeUnit.SECONDS)) {
                chromium.destroyForcibly();
            }
            site.stop(0);
        }
    }

    private static void answer(HttpExchange exchange, String type, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static Process process(Path output, String program, List<String> common, String... more)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("stdbuf", "-oL", program));
        command.addAll(common);
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    private static MqttClientBuilder hivemq(String id, ClientTransport transport) throws Exception {
        TrustManagerFactory trust = trust();
        MqttClientBuilder builder = MqttClient.builder()
                .identifier(id)
                .serverHost("localhost")
                .sslConfig()
                .trustManagerFactory(trust)
                .applySslConfig();
        return transport == ClientTransport.TCP
                ? builder.serverPort(gateway.tcpPort())
                : builder.serverPort(gateway.wsPort())
                        .webSocketConfig()
                        .serverPath("mqtt")
                        .applyWebSocketConfig();
    }

    private static String uri(String scheme) {
        return scheme.equals("ssl")
                ? "ssl://localhost:" + gateway.tcpPort()
                : "wss://localhost:" + gateway.wsPort() + "/mqtt";
    }

    private static SSLSocketFactory trusting() throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust().getTrustManagers(), null);
        return context.getSocketFactory();
    }

    private static TrustManagerFactory trust() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("server", certificates.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust;
    }

    /** Of more than two records. */
    private static byte[] payload(int qos) {
        return String.valueOf(qos).repeat(40_000).getBytes(UTF_8);
    }
}
