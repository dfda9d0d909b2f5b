package io.talospve.testkit.internal.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectProxyTest {
    private final IoThreads io = new IoThreads();
    private final SimNetwork network = new SimNetwork();
    private final ConnectProxy proxy = new ConnectProxy(io, network);

    @AfterEach
    void close() {
        proxy.close();
        io.close();
    }

    private String connect(String target) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
            socket.getOutputStream()
                    .write(("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).readLine();
        }
    }

    @Test
    void leadsToSimulatedAddressesOnly() throws IOException {
        network.connect("vm").up("192.168.62.21");
        assertThat(connect("192.168.62.21:50000")).contains(" 502 ");
        assertThat(connect("192.168.62.22:50000")).contains(" 504 ");
        for (String outside : new String[] {"127.0.0.1:22", "example.com:443", "8.8.8.8:53", "localhost:80", "169.254.169.254:80", "[::1]:22"}) {
            assertThat(connect(outside)).as(outside).contains(" 403 ");
        }
        assertThat(connect("192.168.62.21")).contains(" 400 ");
    }

    @Test
    void tunnelsBytesBothWaysAndEndsWithEitherSide() throws Exception {
        try (ServerSocket machine = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
            SimNetwork.Interface vm = network.connect("vm");
            vm.up("fd00::21");
            vm.listen(50000, (InetSocketAddress) machine.getLocalSocketAddress());
            client.setSoTimeout(10_000);
            client.getOutputStream().write("CONNECT [FD00:0::21]:50000 HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            try (Socket accepted = machine.accept()) {
                accepted.setSoTimeout(10_000);
                accepted.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                byte[] answer = client.getInputStream().readNBytes("HTTP/1.1 200 Connection established\r\n\r\nhello".length());
                assertThat(new String(answer, StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nhello");
                byte[] large = new byte[3 << 20];
                large[large.length - 1] = 7;
                io.workers().execute(() -> {
                    try {
                        client.getOutputStream().write(large);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
                assertThat(accepted.getInputStream().readNBytes(large.length)).isEqualTo(large);
            }
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void anAddressMovesToWhoAnnouncedItLast() {
        SimNetwork.Interface first = network.connect("first");
        SimNetwork.Interface second = network.connect("second");
        InetSocketAddress socket = InetSocketAddress.createUnresolved("127.0.0.1", 1);
        first.listen(6443, socket);
        first.up("192.168.62.20");
        second.up("192.168.62.20");
        assertThat(network.lookup("192.168.62.20", 6443)).isInstanceOf(SimNetwork.Lookup.Refused.class);
        first.up("192.168.62.20");
        assertThat(network.lookup("192.168.62.20", 6443)).isEqualTo(new SimNetwork.Lookup.Target(socket));
        first.down();
        assertThat(network.holder("192.168.62.20").orElseThrow().machine()).isEqualTo("second");
    }

    @Test
    void bindsAddressesThatExistHereAndReportsTheOthers() throws Exception {
        BlockingQueue<String> reports = new LinkedBlockingQueue<>();
        try (ServerSocket machine = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.9"));
                NodeAddressBinder binder = new NodeAddressBinder(io, network, reports::add)) {
            int port = free.getLocalPort();
            free.close();
            SimNetwork.Interface elsewhere = network.connect("vm");
            elsewhere.up("192.0.2.21");
            elsewhere.listen(port, (InetSocketAddress) machine.getLocalSocketAddress());
            assertThat(reports.poll(10, TimeUnit.SECONDS)).contains("cannot listen on 192.0.2.21:" + port);
            SimNetwork.Interface here = network.connect("vm2");
            here.listen(port, (InetSocketAddress) machine.getLocalSocketAddress());
            here.up("127.0.0.9");
            binder.settle();
            try (Socket client = new Socket("127.0.0.9", port);
                    Socket accepted = machine.accept()) {
                client.getOutputStream().write(42);
                assertThat(accepted.getInputStream().read()).isEqualTo(42);
            }
        }
    }
}
