// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.RedisAccess;
import dev.holdfast.store.redis.RedisAccess.Login;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.client.NettyHook;
import org.redisson.client.RedisClientConfig;
import org.redisson.client.RedisConnection;
import org.redisson.config.Credentials;

/**
 * Gives each new connection of Redisson its login as it is at that moment. Redisson's own resolver of credentials is not told
 * whether the connection goes to a server or to a Sentinel. So Redisson is configured with two placeholders instead of
 * passwords, and the placeholder of a connection's client tells which of both it is. Any thread.
 */
final class LoginHook implements NettyHook {
    /** The placeholder for the password of a server. */
    static final String SERVER = "password of a server";
    /** The placeholder for the password of a Sentinel. */
    static final String SENTINEL = "password of a sentinel";

    private final RedisAccess access;

    LoginHook(RedisAccess access) {
        this.access = access;
    }

    @Override
    public void afterBoostrapInitialization(Bootstrap bootstrap) {
        // There is no connection yet.
    }

    @Override
    public void afterChannelInitialization(Channel channel) {
        channel.pipeline().addFirst(new BeforeLogin());
    }

    /** Is called when the connection is open, before Redisson sends anything on it. */
    private final class BeforeLogin extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) throws Exception {
            RedisClientConfig client =
                    RedisConnection.getFrom(context.channel()).getRedisClient().getConfig();
            Supplier<Login> login = of(client.getPassword());
            if (login != null) {
                client.setUsername(null);
                client.setPassword(null);
                client.setCredentialsResolver(server -> {
                    Login now = login.get();
                    return CompletableFuture.completedFuture(new Credentials(now.username(), now.password()));
                });
            }
            super.channelActive(context);
        }
    }

    /** The login of a placeholder; null for a Sentinel that has asked for none, and for a client that has its login already. */
    private @Nullable Supplier<Login> of(@Nullable String word) {
        if (SERVER.equals(word)) {
            return access.servers();
        }
        return SENTINEL.equals(word) ? access.sentinels() : null;
    }
}
