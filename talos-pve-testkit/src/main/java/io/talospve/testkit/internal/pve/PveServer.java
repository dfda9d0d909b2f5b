package io.talospve.testkit.internal.pve;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.timeout.IdleStateHandler;
import io.talospve.testkit.internal.tls.ServerKey;
import io.talospve.testkit.internal.tls.TestCa;
import io.talospve.testkit.internal.world.Accounts;
import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.World;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * A simulated Proxmox VE cluster's API over HTTPS on the loopback address: one port for each host of the world, each of
 * which leads to all of them, as in a real cluster. Thread-safe.
 */
public final class PveServer implements AutoCloseable {
    /** Id of the API token with all rights. */
    public static final String TOKEN_ID = "talos";

    private static final int IDLE_SECONDS = 5;

    private final World world;
    private final TestCa ca;
    private final Faults faults = new Faults();
    private final PveApi api;
    private final EventLoopGroup loops;
    private final ExecutorService workers;
    private final Map<String, Channel> listeners = new LinkedHashMap<>();
    private final Map<String, TestCa.Issued> certificates = new LinkedHashMap<>();
    private final String password;
    private final String tokenSecret;

    private PveServer(World world, TestCa ca) {
        this.world = world;
        this.ca = ca;
        this.api = new PveApi(world);
        this.loops = new MultiThreadIoEventLoopGroup(
                2, (java.util.concurrent.ThreadFactory) task -> daemon(task, "pve-network"), NioIoHandler.newFactory());
        this.workers = Executors.newCachedThreadPool(task -> daemon(task, "pve-worker"));
        Accounts.User root = world.locked(() -> world.accounts().users().get(Accounts.ROOT));
        if (root == null) {
            throw new IllegalStateException("no user " + Accounts.ROOT);
        }
        password = root.password();
        tokenSecret = world.locked(() -> {
            String secret = world.randomUuid().toString();
            root.tokens().put(TOKEN_ID, new Accounts.Token(TOKEN_ID, secret, false, "", 0));
            return secret;
        });
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Starts a server.
     *
     * @param world the cluster behind it
     * @param ca authority that signs the hosts' certificates
     */
    public static PveServer start(World world, TestCa ca) {
        PveServer server = new PveServer(world, ca);
        try {
            for (Host host : world.hosts().values()) {
                server.listen(host);
            }
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void listen(Host host) {
        TestCa.Issued issued = ca.issue(
                host.name(), List.of("127.0.0.1", "::1", "localhost", host.address(), host.name()));
        certificates.put(host.name(), issued);
        world.locked(() -> host.fingerprint(issued.fingerprint()));
        SslContext tls = tls(issued);
        Channel listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (!host.online()) {
                            channel.close();
                            return;
                        }
                        channel.pipeline()
                                .addLast(tls.newHandler(channel.alloc()))
                                .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS, TimeUnit.SECONDS))
                                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                                        .setMaxInitialLineLength(65_536)
                                        .setMaxHeaderSize(1 << 20)
                                        .setMaxChunkSize(65_536)))
                                .addLast(new HttpConnection(world, api, host, faults, workers));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
        listeners.put(host.name(), listener);
    }

    private static SslContext tls(TestCa.Issued issued) {
        try {
            return SslContextBuilder.forServer(new ServerKey(issued.key(), issued.certificate()))
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The cluster behind it. */
    public World world() {
        return world;
    }

    /** Address of the first host's API, {@code https://127.0.0.1:port}. */
    public URI endpoint() {
        return endpoints().get(0);
    }

    /** Addresses of the APIs of all hosts, in their order. */
    public List<URI> endpoints() {
        return world.hosts().keySet().stream().map(this::endpoint).toList();
    }

    /** Address of one host's API. */
    public URI endpoint(String host) {
        Channel listener = listeners.get(host);
        if (listener == null) {
            throw new IllegalArgumentException("no host " + host);
        }
        return URI.create("https://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort());
    }

    /** The user who may do everything, {@code root@pam}. */
    public String user() {
        return Accounts.ROOT;
    }

    /** Its password. */
    public String password() {
        return password;
    }

    /** An API token with all rights, as clients send it: {@code root@pam!talos=<uuid>}. */
    public String apiToken() {
        return Accounts.ROOT + "!" + TOKEN_ID + "=" + tokenSecret;
    }

    /** The certificate of the authority as PEM. */
    public String caPem() {
        return ca.pem();
    }

    /** SHA-256 of the first host's certificate, upper-case pairs with colons. */
    public String fingerprint() {
        return new ArrayList<>(certificates.values()).get(0).fingerprint();
    }

    /** What goes wrong on purpose. */
    public Faults faults() {
        return faults;
    }

    PveApi api() {
        return api;
    }

    @Override
    public void close() {
        listeners.values().forEach(l -> l.close().syncUninterruptibly());
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        workers.shutdownNow();
    }
}
