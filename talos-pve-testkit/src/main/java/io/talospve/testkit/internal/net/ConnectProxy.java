package io.talospve.testkit.internal.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.talospve.spec.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An HTTP CONNECT proxy on loopback that leads to the simulated addresses and nowhere else. A tunnel follows the address:
 * where it leads is decided when it is opened. Thread-safe.
 */
public final class ConnectProxy implements AutoCloseable {
    /** Addresses that may be a simulated machine's; everything else is forbidden, not unreachable. */
    private static final List<Cidr> INSIDE = List.of(
            Cidr.parse("10.0.0.0/8"),
            Cidr.parse("172.16.0.0/12"),
            Cidr.parse("192.168.0.0/16"),
            Cidr.parse("100.64.0.0/10"),
            Cidr.parse("192.0.2.0/24"),
            Cidr.parse("198.51.100.0/24"),
            Cidr.parse("203.0.113.0/24"),
            Cidr.parse("fc00::/7"),
            Cidr.parse("2001:db8::/32"));

    private final IoThreads io;
    private final SimNetwork network;
    private final Set<Channel> tunnels = ConcurrentHashMap.newKeySet();
    private final Channel server;

    /** Opens the proxy on a free port. */
    public ConnectProxy(IoThreads io, SimNetwork network) {
        this.io = io;
        this.network = network;
        server = new ServerBootstrap()
                .group(io.loops())
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(1 << 16))
                                .addLast(new Connect());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    /** Where the proxy listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /** The proxy as a URL, for {@code HTTPS_PROXY}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + address().getPort());
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        tunnels.forEach(Channel::close);
    }

    private final class Connect extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            if (!request.method().equals(HttpMethod.CONNECT)) {
                refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "this proxy only speaks CONNECT");
                return;
            }
            String target = request.uri();
            int colon = target.lastIndexOf(':');
            String host = colon < 0 ? target : target.substring(0, colon).replaceAll("^\\[|]$", "");
            int port;
            try {
                port = Integer.parseInt(target.substring(colon + 1));
            } catch (NumberFormatException e) {
                refuse(context, HttpResponseStatus.BAD_REQUEST, "no port in " + target);
                return;
            }
            if (!Cidr.isAddress(host) || INSIDE.stream().noneMatch(c -> c.contains(host))) {
                refuse(
                        context,
                        HttpResponseStatus.FORBIDDEN,
                        host + " is not an address of the simulated network; this proxy leads nowhere else");
                return;
            }
            SimNetwork.Lookup lookup = network.lookup(host, port);
            if (lookup instanceof SimNetwork.Lookup.Target found) {
                tunnel(context, found.socket());
            } else if (lookup instanceof SimNetwork.Lookup.Refused) {
                refuse(
                        context,
                        HttpResponseStatus.BAD_GATEWAY,
                        "dial tcp " + host + ":" + port + ": connect: connection refused");
            } else {
                refuse(
                        context,
                        HttpResponseStatus.GATEWAY_TIMEOUT,
                        "dial tcp " + host + ":" + port + ": connect: no route to host");
            }
        }

        private void tunnel(ChannelHandlerContext context, InetSocketAddress socket) {
            Channel client = context.channel();
            client.config().setAutoRead(false);
            ChannelFuture connecting = new Bootstrap()
                    .group(client.eventLoop())
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(socket);
            connecting.addListener((ChannelFutureListener) done -> {
                if (!done.isSuccess()) {
                    refuse(context, HttpResponseStatus.BAD_GATEWAY, "connect: connection refused");
                    return;
                }
                Channel machine = done.channel();
                tunnels.add(client);
                client.closeFuture().addListener(closed -> tunnels.remove(client));
                DefaultFullHttpResponse ok = new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, new HttpResponseStatus(200, "Connection established"));
                client.writeAndFlush(ok).addListener(written -> {
                    client.pipeline().remove(HttpServerCodec.class);
                    client.pipeline().remove(HttpObjectAggregator.class);
                    client.pipeline().remove(Connect.class);
                    Relay.join(client, machine);
                    client.config().setAutoRead(true);
                    machine.config().setAutoRead(true);
                });
            });
        }

        private void refuse(ChannelHandlerContext context, HttpResponseStatus status, String text) {
            DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(text + "\n", StandardCharsets.UTF_8));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                    .set(HttpHeaderNames.CONNECTION, "close");
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
