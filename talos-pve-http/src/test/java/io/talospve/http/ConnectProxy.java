package io.talospve.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A proxy on loopback that leads every CONNECT to one server. */
final class ConnectProxy implements AutoCloseable {
    final List<String> heads = new CopyOnWriteArrayList<>();
    volatile String answer = "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n";
    private final ServerSocket listener;
    private final InetSocketAddress target;

    ConnectProxy(InetSocketAddress target) throws IOException {
        this.target = target;
        listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        RawServer.daemon(this::accept);
    }

    /** Where it is, unresolved as users write it. */
    InetSocketAddress address() {
        return InetSocketAddress.createUnresolved("127.0.0.1", listener.getLocalPort());
    }

    private void accept() throws IOException {
        while (true) {
            Socket socket = listener.accept();
            RawServer.daemon(() -> {
                try (socket;
                        Socket to = new Socket(target.getAddress(), target.getPort())) {
                    heads.add(RawServer.head(socket.getInputStream()));
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    if (answer.contains(" 200 ")) {
                        RawServer.daemon(() -> copy(socket.getInputStream(), to.getOutputStream()));
                        copy(to.getInputStream(), socket.getOutputStream());
                    }
                }
            });
        }
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[8192];
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
            to.write(buffer, 0, n);
            to.flush();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
