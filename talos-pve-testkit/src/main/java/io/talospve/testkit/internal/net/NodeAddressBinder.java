package io.talospve.testkit.internal.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Also listens on the machines' own addresses, for a network namespace that has them, and passes connections on. An
 * address that cannot be bound is reported once and left out.
 */
public final class NodeAddressBinder implements AutoCloseable {
    private final IoThreads io;
    private final SimNetwork network;
    private final Consumer<String> report;
    private final Map<InetSocketAddress, Channel> bound = new HashMap<>();
    private boolean closed;
    private int pending;

    /**
     * Starts to follow a network.
     *
     * @param report gets a sentence for each address that cannot be bound
     */
    public NodeAddressBinder(IoThreads io, SimNetwork network, Consumer<String> report) {
        this.io = io;
        this.network = network;
        this.report = report;
        network.observe((address, port) -> {
            synchronized (this) {
                pending++;
            }
            io.workers().execute(() -> {
                try {
                    follow(address, port);
                } finally {
                    synchronized (this) {
                        pending--;
                        notifyAll();
                    }
                }
            });
        });
    }

    /** Waits until all changes of the network so far are followed. */
    public synchronized void settle() throws InterruptedException {
        while (pending > 0) {
            wait();
        }
    }

    private synchronized void follow(String address, int port) {
        if (closed) {
            return;
        }
        InetSocketAddress socket = new InetSocketAddress(address, port);
        boolean open = network.lookup(address, port) instanceof SimNetwork.Lookup.Target;
        if (!open) {
            Channel server = bound.remove(socket);
            if (server != null) {
                server.close().awaitUninterruptibly();
            }
            return;
        }
        if (bound.containsKey(socket)) {
            return;
        }
        var binding = new ServerBootstrap()
                .group(io.loops())
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Forward(address, port));
                    }
                })
                .bind(socket)
                .awaitUninterruptibly();
        if (binding.isSuccess()) {
            bound.put(socket, binding.channel());
        } else {
            report.accept("cannot listen on " + address + ":" + port + ": " + binding.cause().getMessage()
                    + "; the machine is reachable through the proxy only");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        bound.values().forEach(channel -> channel.close().awaitUninterruptibly());
        bound.clear();
    }

    private final class Forward extends ChannelInboundHandlerAdapter {
        private final String address;
        private final int port;

        Forward(String address, int port) {
            this.address = address;
            this.port = port;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            Channel client = context.channel();
            if (!(network.lookup(address, port) instanceof SimNetwork.Lookup.Target target)) {
                client.close();
                return;
            }
            new Bootstrap()
                    .group(client.eventLoop())
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(target.socket())
                    .addListener((ChannelFutureListener) done -> {
                        if (!done.isSuccess()) {
                            client.close();
                            return;
                        }
                        Relay.join(client, done.channel());
                        client.config().setAutoRead(true);
                        done.channel().config().setAutoRead(true);
                    });
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
