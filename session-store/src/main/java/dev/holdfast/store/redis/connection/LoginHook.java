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
 * Tells each new connection of Redisson who it is, by what is true at that moment. Redisson's own resolver of credentials is
 * not told whether it is asked for a server or for a Sentinel. So Redisson is given two words in the place of passwords, and
 * the client of each connection is told apart by the one that it holds.
 */
final class LoginHook implements NettyHook {
    /** In the place of the password of a server. */
    static final String SERVER = "password of a server";
    /** In the place of the password of a Sentinel that asks for one. */
    static final String SENTINEL = "password of a sentinel";

    private final RedisAccess access;

    LoginHook(RedisAccess access) {
        this.access = access;
    }

    @Override
    public void afterBoostrapInitialization(Bootstrap bootstrap) {
        // Nothing of a connection is known yet.
    }

    @Override
    public void afterChannelInitialization(Channel channel) {
        channel.pipeline().addFirst(new BeforeLogin());
    }

    /** Is called when the connection is there, before Redisson says anything on it. */
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

    /** Null for a Sentinel that has not asked, and for a client that has been told already. */
    private @Nullable Supplier<Login> of(@Nullable String word) {
        if (SERVER.equals(word)) {
            return access.servers();
        }
        return SENTINEL.equals(word) ? access.sentinels() : null;
    }
}
