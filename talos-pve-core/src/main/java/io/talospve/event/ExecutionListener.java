package io.talospve.event;

/**
 * Is told what happens while a plan is applied, on a thread of its own and in order; what it throws is logged and
 * forgotten, and a slow one holds nothing up.
 */
@FunctionalInterface
public interface ExecutionListener {
    /**
     * Something happened.
     *
     * @param event what
     */
    void on(ExecutionEvent event);
}
