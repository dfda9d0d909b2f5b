package io.talospve.testkit.internal.pve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;

/** A connection that sends and reads bytes. */
final class RawClient implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)\ncontent-length: (\\d+)\r\n");

    private final SSLSocket socket;

    RawClient(URI endpoint) throws IOException {
        socket = (SSLSocket) Lab.trust().getSocketFactory().createSocket(endpoint.getHost(), endpoint.getPort());
        socket.setSoTimeout(20_000);
        socket.startHandshake();
    }

    void send(String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /** Reads one response, or what comes until the connection is closed; empty if it was closed at once. */
    String read() throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int wanted = Integer.MAX_VALUE;
        while (all.size() < wanted) {
            int b;
            try {
                b = in.read();
            } catch (javax.net.ssl.SSLException | java.net.SocketException closed) {
                break;
            }
            if (b < 0) {
                break;
            }
            all.write(b);
            String text = all.toString(StandardCharsets.UTF_8);
            int blank = text.indexOf("\r\n\r\n");
            if (blank >= 0 && wanted == Integer.MAX_VALUE) {
                Matcher length = LENGTH.matcher(text);
                wanted = blank + 4 + (length.find() ? Integer.parseInt(length.group(1)) : 0);
            }
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /** Whether the server has closed the connection; waits for it. */
    boolean closed() throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (javax.net.ssl.SSLException | java.net.SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
