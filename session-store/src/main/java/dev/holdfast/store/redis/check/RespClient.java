// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.check;

import dev.holdfast.store.redis.RedisAccess;
import dev.holdfast.store.redis.RedisUrl;
import dev.holdfast.store.redis.failure.NoRedisException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A blocking client of one Redis server, on a socket of its own. It looks at a server before sessions are trusted to it, and
 * finds out why a login fails. Redisson could do that, but it does not tell which connection has failed, and mostly not why. One
 * thread.
 */
final class RespClient implements AutoCloseable {
    private static final int LONGEST_LINE = 64 * 1024;
    private static final int LONGEST_TEXT = 4 * 1024 * 1024;
    private static final int MOST_ITEMS = 100_000;
    private static final int DEEPEST = 8;

    private final Socket socket;
    private final InputStream in;

    /** An error reply. */
    record ErrorReply(String text) {}

    private RespClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /**
     * Connects.
     *
     * @param patience how long the connection, the handshake, and then each answer may take
     */
    static RespClient with(RedisUrl server, RedisAccess.@Nullable Tls tls, Duration patience) throws IOException {
        int millis = Math.toIntExact(patience.toMillis());
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getByName(server.host()), server.port()), millis);
            socket.setSoTimeout(millis);
            socket.setTcpNoDelay(true);
            return new RespClient(server.tls() ? encrypted(socket, server, tls) : socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket encrypted(Socket socket, RedisUrl server, RedisAccess.@Nullable Tls tls) throws IOException {
        SSLContext context;
        try {
            context = SSLContext.getInstance("TLS");
            context.init(
                    tls == null || tls.keys() == null ? null : tls.keys().getKeyManagers(),
                    tls == null || tls.authorities() == null
                            ? null
                            : tls.authorities().getTrustManagers(),
                    null);
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
        SSLSocket encrypted =
                (SSLSocket) context.getSocketFactory().createSocket(socket, server.host(), server.port(), true);
        SSLParameters parameters = encrypted.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        encrypted.setSSLParameters(parameters);
        encrypted.startHandshake();
        return encrypted;
    }

    /** Sets how long each answer may take; answers this client. */
    RespClient patientFor(Duration patience) throws IOException {
        socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
        return this;
    }

    /** Sends one command; answers a String, a Long, a List of such answers, an {@link ErrorReply}, or null. */
    @Nullable
    Object ask(String... words) throws IOException {
        return ask(List.<String[]>of(words)).get(0);
    }

    /** Sends several commands at once; answers in the same order. Published messages that come in between are left out. */
    List<@Nullable Object> ask(List<String[]> questions) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        for (String[] words : questions) {
            write(request, "*" + words.length + "\r\n");
            for (String word : words) {
                byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
                write(request, "$" + bytes.length + "\r\n");
                request.write(bytes);
                write(request, "\r\n");
            }
        }
        socket.getOutputStream().write(request.toByteArray());
        socket.getOutputStream().flush();
        List<@Nullable Object> answers = new ArrayList<>();
        while (answers.size() < questions.size()) {
            Object answer = answer(0);
            boolean isNews = answer instanceof List<?> list && !list.isEmpty() && "message".equals(list.get(0));
            if (!isNews) {
                answers.add(answer);
            }
        }
        return answers;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException gone) {
            // The socket is not used any more.
        }
    }

    private static void write(ByteArrayOutputStream to, String text) {
        to.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private @Nullable Object answer(int depth) throws IOException {
        int kind = in.read();
        return switch (kind) {
            case '+' -> line();
            case '-' -> new ErrorReply(line());
            case ':' -> number();
            case '$' -> text(number());
            case '*' -> list(number(), depth);
            case -1 -> throw new EOFException("closed");
            default -> throw new NoRedisException();
        };
    }

    private @Nullable Object list(long count, int depth) throws IOException {
        if (count < 0) {
            return null;
        }
        if (count > MOST_ITEMS || depth == DEEPEST) {
            throw new NoRedisException();
        }
        List<@Nullable Object> items = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            items.add(answer(depth + 1));
        }
        return items;
    }

    private @Nullable String text(long length) throws IOException {
        if (length < 0) {
            return null;
        }
        if (length > LONGEST_TEXT) {
            throw new NoRedisException();
        }
        byte[] bytes = in.readNBytes((int) length + 2);
        if (bytes.length < length + 2) {
            throw new EOFException("closed");
        }
        return new String(bytes, 0, (int) length, StandardCharsets.UTF_8);
    }

    private long number() throws IOException {
        try {
            return Long.parseLong(line());
        } catch (NumberFormatException e) {
            throw new NoRedisException();
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("closed");
            }
            if (line.size() == LONGEST_LINE) {
                throw new NoRedisException();
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
