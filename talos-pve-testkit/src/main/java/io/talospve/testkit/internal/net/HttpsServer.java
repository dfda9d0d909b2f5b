package io.talospve.testkit.internal.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.talospve.spi.TimeSource;
import io.talospve.testkit.Interruption.Break;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.tls.ServerKey;
import io.talospve.testkit.internal.tls.TestCa;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** A small HTTPS server on a free port of loopback. Requests are handled on worker threads. Thread-safe. */
public final class HttpsServer implements AutoCloseable {
    private static final int MAX_BODY = 64 << 20;

    private final IoThreads io;
    private final SimClock clock;
    private final Latency latency;
    private final Handler handler;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Channel server;

    /** Answers requests. */
    @FunctionalInterface
    public interface Handler {
        /** Answers one request; runs on a worker thread. */
        Response handle(Request request);
    }

    /**
     * A request.
     *
     * @param method method
     * @param path path, decoded
     * @param query query parameters
     * @param headers headers, names in lower case
     * @param body body
     * @param client the client's certificate chain; empty if it gave none
     */
    public record Request(
            String method,
            String path,
            Map<String, List<String>> query,
            Map<String, String> headers,
            byte[] body,
            List<X509Certificate> client) {
        /** The body as text. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /**
     * A response.
     *
     * @param status HTTP status
     * @param headers headers
     * @param body body
     * @param stream what goes on writing after the headers, in place of the body; null if the body is all
     */
    public record Response(int status, Map<String, String> headers, byte[] body, @Nullable Stream stream) {
        /** A response that is complete. */
        public Response(int status, Map<String, String> headers, byte[] body) {
            this(status, headers, body, null);
        }

        /** No answer: the connection is closed. */
        public static final Response DROPPED = new Response(0, Map.of(), new byte[0]);

        /** A text. */
        public static Response text(int status, String text) {
            return new Response(
                    status,
                    Map.of("content-type", "text/plain; charset=utf-8"),
                    text.getBytes(StandardCharsets.UTF_8));
        }

        /** JSON. */
        public static Response json(int status, String json) {
            return new Response(
                    status, Map.of("content-type", "application/json"), json.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Writes a response of unknown length, in chunks. */
    @FunctionalInterface
    public interface Stream {
        /** The headers are on their way; runs on a worker thread and returns at once. */
        void open(Sink sink);
    }

    /** Takes the chunks of a response. Thread-safe; nothing blocks. */
    public interface Sink {
        /** Sends a chunk; a client that does not read for long is cut off. */
        void send(byte[] chunk);

        /** Ends the response. */
        void end();

        /** Runs something when the connection is closed, at once if it already is. */
        void onClose(Runnable action);
    }

    /** Opens a server that asks nobody for a certificate. */
    public HttpsServer(IoThreads io, SimClock clock, Latency latency, TestCa.Issued identity, Handler handler) {
        this(io, clock, latency, tls(identity), handler);
    }

    private static SslContext tls(TestCa.Issued identity) {
        try {
            return SslContextBuilder.forServer(new ServerKey(identity.key(), identity.certificate()))
                    .sslProvider(SslProvider.JDK)
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Opens the server. */
    public HttpsServer(IoThreads io, SimClock clock, Latency latency, SslContext tls, Handler handler) {
        this.io = io;
        this.clock = clock;
        this.latency = latency;
        this.handler = handler;
        server = new ServerBootstrap()
                .group(io.loops())
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 512)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        connections.add(channel);
                        channel.pipeline()
                                .addLast(tls.newHandler(channel.alloc()))
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(MAX_BODY))
                                .addLast(new Requests());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    /** Where the server listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /** Closes the server and all its connections at once, without waiting. */
    @Override
    public void close() {
        server.close();
        connections.close();
    }

    private final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            TimeSource.Hold hold = clock.request();
            try {
                QueryStringDecoder decoded = new QueryStringDecoder(request.uri());
                Map<String, String> headers = new java.util.HashMap<>();
                request.headers().forEach(h -> headers.put(h.getKey().toLowerCase(java.util.Locale.ROOT), h.getValue()));
                Request plain = new Request(
                        request.method().name(),
                        decoded.path(),
                        decoded.parameters(),
                        Map.copyOf(headers),
                        ByteBufUtil.getBytes(request.content()),
                        client(context));
                boolean keepAlive = HttpUtil.isKeepAlive(request);
                Runnable answer = () -> answer(context, plain, keepAlive, hold);
                if (clock.virtual()) {
                    io.workers().execute(answer);
                } else {
                    context.executor()
                            .schedule(
                                    () -> io.workers().execute(answer), latency.api().toNanos(), TimeUnit.NANOSECONDS);
                }
            } catch (RuntimeException e) {
                hold.close();
                context.close();
            }
        }

        private void answer(ChannelHandlerContext context, Request request, boolean keepAlive, TimeSource.Hold hold) {
            Optional<Break> broken = io.interruptions()
                    .of(request.headers().getOrDefault("host", ""), request.method() + " " + request.path());
            if (broken.filter(Break.SILENT::equals).isPresent()) {
                hold.close();
                return;
            }
            Response response = broken.filter(Break.CLOSED_BEFORE_EFFECT::equals).isPresent()
                    ? Response.DROPPED
                    : handled(request);
            if (response == Response.DROPPED || broken.filter(Break.CLOSED_AFTER_EFFECT::equals).isPresent()) {
                hold.close();
                context.close();
                return;
            }
            if (broken.isPresent() && response.stream() == null) {
                half(context, response, broken.get(), hold);
                return;
            }
            if (response.stream() != null) {
                stream(context, response, response.stream(), hold);
                return;
            }
            FullHttpResponse message = message(
                    response,
                    request.method().equals(HttpMethod.HEAD.name())
                            ? Unpooled.EMPTY_BUFFER
                            : Unpooled.wrappedBuffer(response.body()));
            if (!keepAlive) {
                message.headers().set(HttpHeaderNames.CONNECTION, "close");
            }
            context.writeAndFlush(message).addListener(written -> {
                hold.close();
                if (!keepAlive) {
                    context.close();
                }
            });
        }

        private FullHttpResponse message(Response response, ByteBuf body) {
            FullHttpResponse message = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()), body);
            message.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
            response.headers().forEach((name, value) -> message.headers().set(name, value));
            return message;
        }

        /** The answer ends in the middle of its body, and the connection with it if it is cut off. */
        private void half(ChannelHandlerContext context, Response response, Break how, TimeSource.Hold hold) {
            ByteBuf body = Unpooled.wrappedBuffer(response.body(), 0, response.body().length / 2);
            context.writeAndFlush(message(response, body)).addListener(written -> {
                hold.close();
                if (how == Break.TRUNCATED) {
                    context.close();
                }
            });
        }

        private void stream(ChannelHandlerContext context, Response response, Stream stream, TimeSource.Hold hold) {
            DefaultHttpResponse head =
                    new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()));
            response.headers().forEach((name, value) -> head.headers().set(name, value));
            head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
            context.writeAndFlush(head).addListener(written -> hold.close());
            stream.open(new ChunkSink(context.channel()));
        }

        private Response handled(Request request) {
            try {
                return handler.handle(request);
            } catch (RuntimeException e) {
                return Response.text(500, "the simulated server failed: " + e);
            }
        }

        private List<X509Certificate> client(ChannelHandlerContext context) {
            try {
                Certificate[] chain =
                        context.pipeline().get(SslHandler.class).engine().getSession().getPeerCertificates();
                return Arrays.stream(chain).map(X509Certificate.class::cast).toList();
            } catch (SSLPeerUnverifiedException none) {
                return List.of();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private final class ChunkSink implements Sink {
        private static final long MAX_UNREAD = 32 << 20;

        private final Channel channel;

        ChunkSink(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void send(byte[] chunk) {
            if (channel.bytesBeforeWritable() > MAX_UNREAD) {
                channel.close();
                return;
            }
            // in virtual time nothing happens between an event and its arrival
            TimeSource.Hold hold = clock.request();
            channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(chunk)))
                    .addListener(written -> hold.close());
        }

        @Override
        public void end() {
            channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        }

        @Override
        public void onClose(Runnable action) {
            channel.closeFuture().addListener(closed -> action.run());
        }
    }
}
