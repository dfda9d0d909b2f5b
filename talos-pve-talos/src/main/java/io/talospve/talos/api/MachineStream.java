package io.talospve.talos.api;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * What a machine tells bit by bit. Ends when the machine has nothing more to tell, when its time is over, or when it is
 * closed. To be read by one thread; {@link #close()} may be called by any.
 *
 * @param <T> what it tells
 */
public interface MachineStream<T> extends Iterator<T>, AutoCloseable {
    /**
     * Waits for the next element.
     *
     * @return false at the end
     * @throws io.talospve.error.RemoteException if the machine breaks off
     */
    @Override
    boolean hasNext();

    /**
     * The next element.
     *
     * @return the element
     * @throws NoSuchElementException at the end
     * @throws io.talospve.error.RemoteException if the machine breaks off
     */
    @Override
    T next();

    /** Ends the stream and tells the machine so. */
    @Override
    void close();
}
