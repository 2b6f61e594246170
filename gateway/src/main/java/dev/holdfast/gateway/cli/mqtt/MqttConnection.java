// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import dev.holdfast.gateway.protocol.rules.ReasonCode;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttReasonCodes;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, from CONNECT to its end; it does not come back by itself. It acknowledges what it has handed over,
 * and sends no more at QoS 1 and 2 than the gateway's Receive Maximum; the rest waits in order. Everything happens on
 * the connection's event loop; the methods may be called from any thread.
 */
public final class MqttConnection extends SimpleChannelInboundHandler<MqttMessage> {
    private static final int LONGEST_PACKET = 64 * 1024 * 1024;
    private static final int MOST_IDENTIFIERS = 65_535;
    private static final int MOST_UNFLUSHED = 256;
    private static final int BYTE = 0xFF;

    private final Login login;
    private final Consumer<ClientMessage> receiver;
    private final CompletableFuture<MqttConnection> connected = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();

    private final Map<Integer, CompletableFuture<Integer>> owed = new HashMap<>();
    /** What PUBREC has said, for when PUBCOMP comes. */
    private final Map<Integer, Integer> halfway = new HashMap<>();

    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final Set<Integer> received = new HashSet<>();
    private int window = MOST_IDENTIFIERS;
    private int inflight;
    private int lastIdentifier;
    private boolean isSessionPresent;
    private String clientId;
    private String why = "closed by the gateway without a word";
    private @Nullable Channel channel;

    /** A message beyond the window. */
    private record Waiting(ClientMessage message, CompletableFuture<Integer> done) {}

    private MqttConnection(Login login, Consumer<ClientMessage> receiver) {
        this.login = login;
        this.receiver = receiver;
        this.clientId = login.clientId();
    }

    /**
     * Connects.
     *
     * @param receiver gets each message, on the event loop; it must not block
     * @return complete at CONNACK; exceptionally with {@link RefusedException}, {@link TimeoutException} or what else has
     *     happened
     */
    public static CompletableFuture<MqttConnection> open(
            EventLoopGroup loops, Login login, Consumer<ClientMessage> receiver) {
        MqttConnection connection = new MqttConnection(login, receiver);
        new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        login.patience().toMillis())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new FlushConsolidationHandler(MOST_UNFLUSHED, true));
                        Stages.add(channel.pipeline(), login);
                        channel.pipeline().addLast(new MqttDecoder(LONGEST_PACKET), MqttEncoder.INSTANCE, connection);
                    }
                })
                .connect(login.url().connectTo(), login.url().port())
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        connection.end(done.cause());
                    }
                });
        return connection.connected;
    }

    /** The client identifier: the one that the gateway has given, if none was asked for. */
    public String clientId() {
        return clientId;
    }

    /** Whether the gateway had kept a session. */
    public boolean isSessionPresent() {
        return isSessionPresent;
    }

    /** Complete when the connection is over, with the reason in words. */
    public CompletableFuture<String> ended() {
        return ended;
    }

    /**
     * Publishes a message as soon as the window allows it.
     *
     * @return its reason code, 0 or 16 (nobody has subscribed to it), when it is acknowledged, at QoS 0 when it has been written;
     *     exceptionally with {@link RefusedException}, or when the connection ends before
     */
    public CompletableFuture<Integer> publish(ClientMessage message) {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        run(done, () -> {
            if (message.qos() == 0) {
                write(packet(message, 0), done);
            } else if (inflight < window) {
                send(message, done);
            } else {
                waiting.add(new Waiting(message, done));
            }
        });
        return done;
    }

    /** Subscribes to filters, all with the same options. */
    public CompletableFuture<Integer> subscribe(List<String> filters, int qos) {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        run(done, () -> {
            int identifier = identifier();
            owed.put(identifier, done);
            MqttMessageBuilders.SubscribeBuilder packet =
                    MqttMessageBuilders.subscribe().messageId(identifier);
            filters.forEach(filter -> packet.addSubscription(MqttQoS.valueOf(qos), filter));
            context().writeAndFlush(packet.build());
        });
        return done;
    }

    /** Says goodbye and closes. */
    public CompletableFuture<String> disconnect() {
        Channel open = channel;
        if (open == null) {
            return ended;
        }
        open.eventLoop().execute(() -> {
            why = "disconnected";
            open.writeAndFlush(new MqttMessage(header(MqttMessageType.DISCONNECT)))
                    .addListener(sent -> open.close());
        });
        return ended;
    }

    /** Closes without a word, as a client that loses its network. */
    public CompletableFuture<String> vanish() {
        Channel open = channel;
        if (open != null) {
            open.close();
        }
        return ended;
    }

    private void run(CompletableFuture<?> result, Runnable action) {
        Channel open = channel;
        if (open == null) {
            result.completeExceptionally(new IOException("not connected"));
            return;
        }
        Runnable guarded = () -> {
            if (ended.isDone()) {
                result.completeExceptionally(new IOException(why));
            } else {
                action.run();
            }
        };
        if (open.eventLoop().inEventLoop()) {
            guarded.run();
        } else {
            open.eventLoop().execute(guarded);
        }
    }

    private Channel context() {
        Channel open = channel;
        if (open == null) {
            throw new IllegalStateException("not connected");
        }
        return open;
    }

    private void send(ClientMessage message, CompletableFuture<Integer> done) {
        inflight++;
        int identifier = identifier();
        owed.put(identifier, done);
        context().writeAndFlush(packet(message, identifier));
    }

    private void write(MqttMessage packet, CompletableFuture<Integer> done) {
        context().writeAndFlush(packet).addListener(written -> {
            if (written.isSuccess()) {
                done.complete(0);
            } else {
                done.completeExceptionally(written.cause());
            }
        });
    }

    private static MqttPublishMessage packet(ClientMessage message, int identifier) {
        return MqttMessageBuilders.publish()
                .topicName(message.topic())
                .qos(MqttQoS.valueOf(message.qos()))
                .retained(message.isRetain())
                .payload(Unpooled.wrappedBuffer(message.payload()))
                .messageId(identifier)
                .properties(message.properties())
                .build();
    }

    private int identifier() {
        do {
            lastIdentifier = lastIdentifier % MOST_IDENTIFIERS + 1;
        } while (owed.containsKey(lastIdentifier));
        return lastIdentifier;
    }

    // ---- events of the channel

    @Override
    public void channelActive(ChannelHandlerContext context) {
        channel = context.channel();
        context.executor()
                .schedule(
                        () -> {
                            if (!connected.isDone()) {
                                end(new TimeoutException("no answer within the time"));
                            }
                        },
                        login.patience().toMillis(),
                        TimeUnit.MILLISECONDS);
        if (!login.url().isWebSocket()) {
            connect(context);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
            connect(context);
        } else if (event instanceof IdleStateEvent) {
            context.writeAndFlush(new MqttMessage(header(MqttMessageType.PINGREQ)));
        } else {
            super.userEventTriggered(context, event);
        }
    }

    private void connect(ChannelHandlerContext context) {
        MqttProperties properties = new MqttProperties();
        boolean isKept = !login.sessionExpiry().isZero();
        if (login.isMqtt5() && isKept) {
            properties.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, (int)
                    login.sessionExpiry().toSeconds()));
        }
        MqttMessageBuilders.ConnectBuilder packet = MqttMessageBuilders.connect()
                .protocolVersion(login.isMqtt5() ? MqttVersion.MQTT_5 : MqttVersion.MQTT_3_1_1)
                .clientId(login.clientId())
                // MQTT 3.1.1 has one flag for both: a session that is kept is also resumed.
                .cleanSession(login.isMqtt5() ? login.isClean() : !isKept)
                .keepAlive((int) login.keepAlive().toSeconds())
                .properties(properties);
        if (login.user() != null) {
            packet.username(login.user()).hasUser(true);
        }
        if (login.password() != null) {
            packet.password(login.password().getBytes(StandardCharsets.UTF_8)).hasPassword(true);
            if (login.user() == null && !login.isMqtt5()) {
                packet.username("jwt").hasUser(true); // no password without a user name [MQTT-3.1.2-22]
            }
        }
        context.writeAndFlush(packet.build());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, MqttMessage packet) {
        if (packet.decoderResult().isFailure()) {
            end(new IOException("not MQTT: " + packet.decoderResult().cause().getMessage()));
            return;
        }
        switch (packet.fixedHeader().messageType()) {
            case CONNACK -> connack(context, (MqttConnAckMessage) packet);
            case PUBLISH -> receive(context, (MqttPublishMessage) packet);
            case PUBREL -> {
                received.remove(identifierOf(packet));
                acknowledge(context, MqttMessageType.PUBCOMP, identifierOf(packet));
            }
            case PUBREC -> {
                int identifier = identifierOf(packet);
                if (ReasonCode.isFailure(Reasons.code(packet))) {
                    settle(packet, "PUBLISH");
                } else {
                    halfway.put(identifier, Reasons.code(packet));
                    acknowledge(context, MqttMessageType.PUBREL, identifier);
                }
            }
            case PUBACK, PUBCOMP -> settle(packet, "PUBLISH");
            case SUBACK -> suback((MqttSubAckMessage) packet);
            case DISCONNECT -> {
                why = "closed by the gateway: "
                        + Reasons.words((MqttReasonCodeAndPropertiesVariableHeader) packet.variableHeader());
                context.close();
            }
            default -> {} // PINGRESP, and what nobody has asked for
        }
    }

    private void connack(ChannelHandlerContext context, MqttConnAckMessage packet) {
        MqttConnectReturnCode code = packet.variableHeader().connectReturnCode();
        MqttProperties properties = packet.variableHeader().properties();
        if (code != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
            end(new RefusedException("CONNECT", code.byteValue() & BYTE, Reasons.words(code, properties)));
            return;
        }
        isSessionPresent = packet.variableHeader().isSessionPresent();
        window = Reasons.number(properties, MqttProperties.RECEIVE_MAXIMUM, MOST_IDENTIFIERS);
        clientId = Reasons.text(properties, MqttProperties.ASSIGNED_CLIENT_IDENTIFIER, clientId);
        int keepAlive = Reasons.number(properties, MqttProperties.SERVER_KEEP_ALIVE, (int)
                login.keepAlive().toSeconds());
        if (keepAlive > 0) {
            // What is written half a keep alive apart is never too late.
            context.pipeline()
                    .addBefore(
                            context.name(), null, new IdleStateHandler(0, keepAlive * 500L, 0, TimeUnit.MILLISECONDS));
        }
        connected.complete(this);
    }

    private void receive(ChannelHandlerContext context, MqttPublishMessage packet) {
        int identifier = packet.variableHeader().packetId();
        int qos = packet.fixedHeader().qosLevel().value();
        if (qos < 2 || received.add(identifier)) {
            receiver.accept(new ClientMessage(
                    packet.variableHeader().topicName(),
                    ByteBufUtil.getBytes(packet.payload()),
                    qos,
                    packet.fixedHeader().isRetain(),
                    packet.variableHeader().properties()));
        }
        if (qos > 0) {
            acknowledge(context, qos == 1 ? MqttMessageType.PUBACK : MqttMessageType.PUBREC, identifier);
        }
    }

    private void suback(MqttSubAckMessage packet) {
        CompletableFuture<Integer> done = owed.remove(packet.variableHeader().messageId());
        if (done == null) {
            return;
        }
        for (int code : packet.payload().reasonCodes()) {
            if (ReasonCode.isFailure(code)) {
                done.completeExceptionally(new RefusedException(
                        "SUBSCRIBE",
                        code,
                        Reasons.words(
                                packet.idAndPropertiesVariableHeader().properties(),
                                Reasons.name(() -> MqttReasonCodes.SubAck.valueOf((byte) code)))));
                return;
            }
        }
        done.complete(0);
    }

    private void settle(MqttMessage packet, String what) {
        int identifier = identifierOf(packet);
        Integer earlier = halfway.remove(identifier);
        CompletableFuture<Integer> done = owed.remove(identifier);
        if (done == null) {
            return;
        }
        inflight--;
        int code = earlier == null ? Reasons.code(packet) : earlier;
        if (ReasonCode.isFailure(code)) {
            done.completeExceptionally(new RefusedException(what, code, Reasons.words(packet)));
        } else {
            done.complete(code);
        }
        Waiting next = waiting.poll();
        if (next != null) {
            send(next.message(), next.done());
        }
    }

    private static int identifierOf(MqttMessage packet) {
        return ((MqttMessageIdVariableHeader) packet.variableHeader()).messageId();
    }

    private static void acknowledge(ChannelHandlerContext context, MqttMessageType type, int identifier) {
        context.writeAndFlush(new MqttMessage(header(type), MqttMessageIdVariableHeader.from(identifier)));
    }

    private static MqttFixedHeader header(MqttMessageType type) {
        // The flags of PUBREL are 0010, as those of QoS 1 [MQTT-3.6.1-1].
        MqttQoS flags = type == MqttMessageType.PUBREL ? MqttQoS.AT_LEAST_ONCE : MqttQoS.AT_MOST_ONCE;
        return new MqttFixedHeader(type, false, flags, false, 0);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Throwable inner = cause.getCause() != null && cause instanceof CodecException ? cause.getCause() : cause;
        end(inner);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end(null);
    }

    private void end(@Nullable Throwable failure) {
        if (failure != null && !ended.isDone()) {
            why = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        }
        Channel open = channel;
        if (open != null) {
            open.close();
        }
        ended.complete(why);
        Throwable cause = failure == null ? new IOException(why) : failure;
        connected.completeExceptionally(cause);
        List<CompletableFuture<Integer>> unsettled = new ArrayList<>(owed.values());
        owed.clear();
        waiting.forEach(each -> unsettled.add(each.done()));
        waiting.clear();
        unsettled.forEach(each -> each.completeExceptionally(new IOException(why)));
    }
}
