// SPDX-License-Identifier: Apache-2.0

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lets the demo page ask three-gateways to kill a gateway and to start it again: {@code POST /kill/2}, {@code POST /start/2}. It
 * does neither itself; it writes {@code kill 2} to its output, which that script reads.
 *
 * <p>Whoever can reach a loopback port is not therefore allowed: not another user's process, and not a web page that the developer
 * happens to visit. So a request must carry the key of this run, which is only in the address that three-gateways prints, and
 * come from a page of one of the gateways. The key is a header of its own, so that a browser asks before it sends one across
 * origins; and the Host must be the address itself, so that no name can be rebound to it.
 *
 * <p>Run by {@code java Control.java PORT KEY ORIGIN...}. It ends with its input.
 */
final class Control {
    private static final Pattern COMMAND = Pattern.compile("/(kill|start)/([1-9])");
    private static final String KEY = "X-Control-Key";

    private final String host;
    private final String key;
    private final List<String> origins;

    private Control(String host, String key, List<String> origins) {
        this.host = host;
        this.key = key;
        this.origins = origins;
    }

    public static void main(String[] arguments) throws IOException {
        List<String> given = List.of(arguments);
        int port = Integer.parseInt(given.get(0));
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
        HttpServer server = HttpServer.create(address, 0);
        Control control = new Control("127.0.0.1:" + port, given.get(1), given.subList(2, given.size()));
        server.createContext("/", control::answer);
        server.start();
        while (System.in.read() >= 0) {
            // Only its end counts.
        }
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(judged(exchange), -1);
        }
    }

    private int judged(HttpExchange exchange) {
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        if (!host.equals(exchange.getRequestHeaders().getFirst("Host")) || origin == null || !origins.contains(origin)) {
            return 403;
        }
        exchange.getResponseHeaders().set("Access-Control-Allow-Origin", origin);
        exchange.getResponseHeaders().set("Vary", "Origin");
        if (exchange.getRequestMethod().equals("OPTIONS")) {
            exchange.getResponseHeaders().set("Access-Control-Allow-Headers", KEY);
            return 204;
        }
        if (!exchange.getRequestMethod().equals("POST")) {
            return 405;
        }
        if (!key.equals(exchange.getRequestHeaders().getFirst(KEY))) {
            return 403;
        }
        Matcher command = COMMAND.matcher(exchange.getRequestURI().getPath());
        if (!command.matches()) {
            return 404;
        }
        System.out.println(command.group(1) + " " + command.group(2));
        System.out.flush();
        return 202;
    }
}
