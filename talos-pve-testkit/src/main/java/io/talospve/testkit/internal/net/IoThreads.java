package io.talospve.testkit.internal.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that all simulated HTTP servers and relays share. All are daemons. */
public final class IoThreads implements AutoCloseable {
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(2, new DefaultThreadFactory("datacenter-io", true), NioIoHandler.newFactory());
    private final ExecutorService workers;

    /** Starts the event loops; worker threads come when they are needed. */
    public IoThreads() {
        AtomicInteger number = new AtomicInteger();
        workers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "datacenter-worker-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Event loops for sockets; nothing on them may block. */
    public EventLoopGroup loops() {
        return loops;
    }

    /** Threads for handling requests. */
    public ExecutorService workers() {
        return workers;
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        workers.shutdown();
    }
}
