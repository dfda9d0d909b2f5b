package io.talospve.testkit.internal.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What all simulated HTTP servers and relays share: their threads, all daemons, and what breaks their connections. */
public final class IoThreads implements AutoCloseable {
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(2, new DefaultThreadFactory("datacenter-io", true), NioIoHandler.newFactory());
    private final ExecutorService workers;
    private final Interruptions interruptions = new Interruptions();

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

    /** What breaks connections on purpose. */
    public Interruptions interruptions() {
        return interruptions;
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        workers.shutdown();
    }
}
