package io.talospve.helm.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A Kubernetes API on the loopback that has nothing. helm-java asks the cluster of the current kubeconfig whenever a template
 * uses {@code lookup}, where {@code helm template} finds nothing; this answers so that it finds nothing as well: each API group
 * exists and has no resources, and every object is not found.
 */
final class EmptyCluster {
    private static final int MAX_HEADERS = 200;

    /** Starts serving; returns the kubeconfig. */
    String start() throws IOException {
        // Stays open as long as the process.
        @SuppressWarnings("resource")
        ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread acceptor = new Thread(() -> accept(server), "empty cluster");
        acceptor.setDaemon(true);
        acceptor.start();
        String host = server.getInetAddress().getHostAddress();
        String address = (host.contains(":") ? "[" + host + "]" : host) + ":" + server.getLocalPort();
        return """
                apiVersion: v1
                kind: Config
                clusters: [{name: none, cluster: {server: "http://%s"}}]
                contexts: [{name: none, context: {cluster: none, user: none}}]
                users: [{name: none, user: {}}]
                current-context: none
                """
                .formatted(address);
    }

    private static void accept(ServerSocket server) {
        while (true) {
            try {
                Socket connection = server.accept();
                Thread thread = new Thread(() -> serve(connection), "request");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void serve(Socket connection) {
        try (connection) {
            connection.setSoTimeout(10_000);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
            String[] request = String.valueOf(in.readLine()).split(" ");
            // Without resources the path of an object has no more than its name: only the header tells it from discovery.
            boolean discovers = false;
            for (int i = 0; i < MAX_HEADERS; i++) {
                String line = in.readLine();
                if (line == null || line.isEmpty()) {
                    break;
                }
                discovers |= line.toLowerCase(Locale.ROOT).startsWith("accept:") && line.contains("*/*");
            }
            String path = request.length > 1 ? request[1].replaceFirst("\\?.*", "") : "";
            String body = discovers ? discovery(request[0], path) : "";
            String status = body.isEmpty() ? "404 Not Found" : "200 OK";
            byte[] bytes = (body.isEmpty() ? NOT_FOUND : body).getBytes(StandardCharsets.UTF_8);
            String head = "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                    + bytes.length + "\r\n\r\n";
            connection.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            connection.getOutputStream().write(bytes);
            connection.getOutputStream().flush();
        } catch (IOException e) {
            // the client went away
        }
    }

    private static final String NOT_FOUND = """
            {"kind":"Status","apiVersion":"v1","status":"Failure","message":"there is no cluster","reason":"NotFound","code":404}""";

    private static String discovery(String method, String path) {
        if (!method.equals("GET") || !path.matches("/api/[a-z0-9]+|/apis/[a-z0-9.-]+/[a-z0-9]+")) {
            return "";
        }
        String version = path.startsWith("/api/") ? path.substring("/api/".length()) : path.substring("/apis/".length());
        return """
                {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"%s","resources":[]}""".formatted(version);
    }
}
