// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.ssl.SslHandler;
import java.net.URI;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** What lies between the socket and MQTT: TLS, WebSocket, both or neither. */
final class Stages {
    private static final int LONGEST_RESPONSE = 64 * 1024;
    private static final int LONGEST_FRAME = 64 * 1024 * 1024;

    private Stages() {}

    static void add(ChannelPipeline pipeline, Login login) {
        BrokerUrl url = login.url();
        if (url.isEncrypted()) {
            SSLEngine engine = login.tls().createSSLEngine(url.connectTo(), url.port());
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
            SslHandler handler = new SslHandler(engine);
            handler.setHandshakeTimeoutMillis(login.patience().toMillis());
            pipeline.addLast(handler);
        }
        if (url.isWebSocket()) {
            pipeline.addLast(
                    new HttpClientCodec(),
                    new HttpObjectAggregator(LONGEST_RESPONSE),
                    new WebSocketClientProtocolHandler(WebSocketClientProtocolConfig.newBuilder()
                            .webSocketUri(URI.create(url.toString()))
                            .subprotocol("mqtt")
                            .allowExtensions(false)
                            .customHeaders(new DefaultHttpHeaders())
                            .maxFramePayloadLength(LONGEST_FRAME)
                            .handshakeTimeoutMillis(login.patience().toMillis())
                            .build()),
                    new Frames());
        }
    }

    /** MQTT in binary frames, which need not agree with packets [MQTT-6.0.0-2]. */
    private static final class Frames extends MessageToMessageCodec<WebSocketFrame, ByteBuf> {
        Frames() {
            super(WebSocketFrame.class, ByteBuf.class);
        }

        @Override
        protected void encode(ChannelHandlerContext context, ByteBuf packet, List<Object> out) {
            out.add(new BinaryWebSocketFrame(packet.retain()));
        }

        @Override
        protected void decode(ChannelHandlerContext context, WebSocketFrame frame, List<Object> out) {
            out.add(frame.content().retain());
        }
    }
}
