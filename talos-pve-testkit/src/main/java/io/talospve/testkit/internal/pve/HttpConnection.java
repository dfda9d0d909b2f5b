package io.talospve.testkit.internal.pve;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.talospve.spi.TimeSource;
import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.World;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection, with pveproxy's rules: what it takes, when it closes, which headers it sends. Used on its event loop. */
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private static final int REQUESTS = 100;
    private static final int HEADERS = 64;
    private static final int HEADER_BYTES = 8 * 1024;
    private static final int BODY_BYTES = 512 * 1024;
    private static final int UPLOAD_BYTES = 64 * 1024 * 1024;
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE");
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.RFC_1123_DATE_TIME;

    private final World world;
    private final PveApi api;
    private final Host host;
    private final Faults faults;
    private final Executor workers;
    private int requests;
    private boolean busy;
    private boolean closing;
    private @Nullable HttpRequest head;
    private final Deque<Object> waiting = new ArrayDeque<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private TimeSource.Hold hold = () -> { };

    HttpConnection(World world, PveApi api, Host host, Faults faults, Executor workers) {
        this.world = world;
        this.api = api;
        this.host = host;
        this.faults = faults;
        this.workers = workers;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (busy && head == null && !closing) {
            waiting.add(message);
            return;
        }
        try {
            if (closing) {
                return;
            }
            if (message instanceof HttpRequest request) {
                begin(context, request);
            }
            if (message instanceof HttpContent content && head != null && !closing) {
                collect(context, content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext context, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            drop(context);
            return;
        }
        busy = true;
        hold = world.clock().request();
        head = request;
        body.reset();
        requests++;
        HttpHeaders headers = request.headers();
        boolean tooMuch = headers.size() > HEADERS
                || headers.entries().stream()
                        .anyMatch(h -> h.getKey().length() + h.getValue().length() > HEADER_BYTES);
        if (tooMuch || !host.online()) {
            drop(context);
            return;
        }
        if (!METHODS.contains(request.method().name())) {
            refuse(context, 501, "method '" + request.method().name() + "' not available", "");
            return;
        }
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            String text = "chunked transfer encoding not supported";
            refuse(context, 501, text, text);
            return;
        }
        long length = length(headers);
        if (length > 0) {
            checkBody(context, request, length);
        }
    }

    private static long length(HttpHeaders headers) {
        String value = headers.get(HttpHeaderNames.CONTENT_LENGTH, "0");
        return value.matches("\\d{1,15}") ? Long.parseLong(value) : 0;
    }

    private void checkBody(ChannelHandlerContext context, HttpRequest request, long length) {
        String method = request.method().name();
        if (!method.equals("POST") && !method.equals("PUT")) {
            String text = "Unexpected content for method '" + method + "'";
            refuse(context, 501, text, text);
            return;
        }
        String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        boolean upload = type.startsWith("multipart/form-data") && request.uri().contains("/upload");
        if (length > (upload ? UPLOAD_BYTES : BODY_BYTES)) {
            refuse(context, 501, "for data too large", "for data too large");
            return;
        }
        boolean known = type.isEmpty() || upload || type.startsWith("application/x-www-form-urlencoded")
                || type.startsWith("application/json");
        if (!known) {
            String text = "upload 'Content-Type '" + type + "' not implemented";
            refuse(context, 506, text, text);
        }
    }

    private void collect(ChannelHandlerContext context, HttpContent content) {
        byte[] bytes = new byte[content.content().readableBytes()];
        content.content().readBytes(bytes);
        body.writeBytes(bytes);
        if (content instanceof LastHttpContent && head != null) {
            HttpRequest request = head;
            head = null;
            context.channel().config().setAutoRead(false);
            byte[] all = body.toByteArray();
            Duration wait = world.clock().virtual() ? Duration.ZERO : world.latency().api();
            if (wait.isZero()) {
                work(context, request, all);
            } else {
                context.executor().schedule(
                        () -> work(context, request, all), wait.toNanos(), TimeUnit.NANOSECONDS);
            }
        }
    }

    private void work(ChannelHandlerContext context, HttpRequest request, byte[] content) {
        String path = apiPath(request);
        String method = request.method().name();
        Optional<Faults.Fault> fault = faults.next(method, path);
        if (fault.isPresent() && fault.get().kind() == Faults.Kind.REFUSE) {
            drop(context);
            return;
        }
        Duration wait = fault.map(Faults.Fault::delay).orElse(Duration.ZERO);
        Runnable job = () -> run(context, request, content, path, fault);
        if (wait.isZero()) {
            execute(job);
        } else {
            context.executor().schedule(() -> execute(job), wait.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void execute(Runnable job) {
        try {
            workers.execute(job);
        } catch (RejectedExecutionException closed) {
            hold.close();
        }
    }

    private static String apiPath(HttpRequest request) {
        String uri = request.uri();
        int query = uri.indexOf('?');
        String raw = FormDecoder.unescapePath(query < 0 ? uri : uri.substring(0, query));
        return raw.startsWith("/api2/json") ? raw.substring("/api2/json".length()) : raw;
    }

    /** On a worker's thread. */
    private void run(
            ChannelHandlerContext context,
            HttpRequest request,
            byte[] content,
            String path,
            Optional<Faults.Fault> fault) {
        String method = request.method().name();
        Faults.Kind kind = fault.map(Faults.Fault::kind).orElse(Faults.Kind.DELAY);
        faults.beforeEffect(method, path);
        if (kind == Faults.Kind.DROP_BEFORE) {
            context.executor().execute(() -> drop(context));
            return;
        }
        if (kind == Faults.Kind.SILENCE) {
            context.executor().execute(() -> silent(context));
            return;
        }
        PveApi.Answer answer = kind == Faults.Kind.STATUS
                ? api.failure(ApiError.of(fault.get().status(), fault.get().text()))
                : answer(request, content, path);
        faults.afterEffect(method, path);
        if (kind == Faults.Kind.DROP_AFTER) {
            context.executor().execute(() -> drop(context));
            return;
        }
        if (kind == Faults.Kind.TRUNCATE) {
            context.executor().execute(() -> truncated(context, answer));
            return;
        }
        if (kind == Faults.Kind.STALL) {
            context.executor().execute(() -> stalled(context, answer));
            return;
        }
        if (kind == Faults.Kind.GARBLE) {
            PveApi.Answer garbled = new PveApi.Answer(200, "OK", fault.get().text(), Duration.ZERO, false);
            context.executor().execute(() -> reply(context, request, path, garbled));
            return;
        }
        Duration later = world.clock().virtual() ? Duration.ZERO : answer.later();
        context.executor().schedule(
                () -> reply(context, request, path, answer), later.toNanos(), TimeUnit.NANOSECONDS);
    }

    private PveApi.Answer answer(HttpRequest request, byte[] content, String path) {
        if (!request.uri().startsWith("/api2/json")) {
            return new PveApi.Answer(404, "no such file '" + path + "'", "", Duration.ZERO, false);
        }
        HttpHeaders headers = request.headers();
        try {
            Map<String, Object> params = params(request, content);
            return api.answer(
                    new PveApi.Request(
                            request.method().name(),
                            path,
                            params,
                            headers.get(HttpHeaderNames.AUTHORIZATION),
                            headers.get(HttpHeaderNames.COOKIE),
                            headers.get("CSRFPreventionToken")),
                    host);
        } catch (ApiError e) {
            return api.failure(e);
        }
    }

    private static Map<String, Object> params(HttpRequest request, byte[] content) {
        Map<String, Object> params = new LinkedHashMap<>();
        if (content.length > 0) {
            String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
            if (type.startsWith("multipart/form-data")) {
                params.putAll(Multipart.parse(type, content));
            } else if (type.startsWith("application/json")) {
                params.putAll(JsonBody.parse(content));
            } else {
                params.putAll(FormDecoder.decode(new String(content, StandardCharsets.UTF_8)));
            }
        }
        int query = request.uri().indexOf('?');
        if (query >= 0) {
            params.putAll(FormDecoder.decode(request.uri().substring(query + 1)));
        }
        return params;
    }

    private void reply(ChannelHandlerContext context, HttpRequest request, String path, PveApi.Answer answer) {
        boolean close = answer.status() >= 400
                || requests >= REQUESTS
                || "close".equalsIgnoreCase(request.headers().get(HttpHeaderNames.CONNECTION))
                || request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        FullHttpResponse response = response(answer.status(), answer.reason(), answer.body(), close);
        if (answer.proxied() && !close) {
            response.headers().set("Connection", List.of("close", "Keep-Alive"));
        }
        if (!answer.body().isEmpty()) {
            response.headers().set("Content-Type", "application/json;charset=UTF-8");
        }
        send(context, response, close, () -> faults.afterAnswer(request.method().name(), path, answer.status()));
    }

    private void refuse(ChannelHandlerContext context, int status, String reason, String text) {
        head = null;
        closing = true;
        send(context, response(status, reason, text, true), true, () -> { });
    }

    private static FullHttpResponse response(int status, String reason, String text, boolean close) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String line = reason.replaceAll("[\\r\\n].*", "");
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, new HttpResponseStatus(status, line), Unpooled.wrappedBuffer(bytes));
        String now = HTTP_DATE.format(ZonedDateTime.now(ZoneOffset.UTC));
        HttpHeaders headers = response.headers();
        headers.set("Cache-Control", "max-age=0");
        headers.set("Connection", close ? "close" : "Keep-Alive");
        headers.set("Date", now);
        headers.set("Pragma", "no-cache");
        headers.set("Server", "pve-api-daemon/3.0");
        if (bytes.length > 0) {
            headers.set("Content-Length", bytes.length);
        }
        headers.set("Expires", now);
        return response;
    }

    private void send(ChannelHandlerContext context, FullHttpResponse response, boolean close, Runnable sent) {
        closing = closing || close;
        TimeSource.Hold done = hold;
        busy = false;
        context.writeAndFlush(response).addListener(future -> {
            sent.run();
            done.close();
        });
        if (close) {
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else {
            context.channel().config().setAutoRead(true);
            context.read();
            while (!waiting.isEmpty() && (!busy || head != null)) {
                channelRead(context, waiting.remove());
            }
        }
    }

    private void truncated(ChannelHandlerContext context, PveApi.Answer answer) {
        send(context, half(answer, true), true, () -> { });
    }

    private static FullHttpResponse half(PveApi.Answer answer, boolean close) {
        FullHttpResponse half = response(
                answer.status(), answer.reason(), answer.body().substring(0, answer.body().length() / 2), close);
        half.headers().set("Content-Length", answer.body().getBytes(StandardCharsets.UTF_8).length);
        return half;
    }

    private void stalled(ChannelHandlerContext context, PveApi.Answer answer) {
        context.writeAndFlush(half(answer, false));
        silent(context);
    }

    /** Nothing more is sent; the client closes the connection when it gives up. */
    private void silent(ChannelHandlerContext context) {
        closing = true;
        hold.close();
        context.channel().config().setAutoRead(true);
    }

    private void drop(ChannelHandlerContext context) {
        closing = true;
        head = null;
        hold.close();
        context.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent && !busy) {
            drop(context);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (head != null) {
            hold.close();
        }
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        drop(context);
    }
}
